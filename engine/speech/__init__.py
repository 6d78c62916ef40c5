"""Speech recognition: recordings are decoded in one process and transcribed in another."""
