"""The arena without Discord."""
