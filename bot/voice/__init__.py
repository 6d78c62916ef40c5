"""Recordings that members speak in place of typing: looked at, measured, transcribed, and not kept."""
