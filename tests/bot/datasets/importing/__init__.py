"""Files of other tools, read as examples."""
