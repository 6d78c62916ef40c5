"""What `python -m bot check` looks at, one thing a module."""
