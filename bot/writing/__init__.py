"""Asks models for jokes and slogans."""
