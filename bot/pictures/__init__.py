"""Posters of slogans and share cards of jokes, on demand: generated where an image model is there, else drawn (`bot/posters`)."""
