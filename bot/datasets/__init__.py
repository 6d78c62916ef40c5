"""Training files of a server: checked, kept, split, handed back."""
