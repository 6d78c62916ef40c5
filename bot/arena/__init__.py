"""Blind votes between two answers, and the ranking that follows from them."""
