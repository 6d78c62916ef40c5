"""Trainings on a Ray cluster."""
