"""Texts by meaning: embedded once, compared, searched, mapped, classified."""
