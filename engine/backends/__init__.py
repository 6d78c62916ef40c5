"""Kinds of models: what each must offer, and those that are there."""
