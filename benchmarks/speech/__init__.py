"""Speech to text: what is spoken, who writes it down, and how far that is from what was said."""
