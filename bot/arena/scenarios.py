"""Scenarios for members who have no idea of their own. None is in the shipped training file or reserved for testing."""

from pathlib import Path
from random import Random

_FILE = Path(__file__).parents[2] / "data" / "arena.txt"


def any_scenario(random: Random) -> str:
    """One of the shipped ones."""
    return random.choice(_FILE.read_text(encoding="utf-8").splitlines())
