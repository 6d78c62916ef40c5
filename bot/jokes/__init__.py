"""Jokes: the prompt, who tells them, and several models side by side."""
