"""Questions for members who have no idea of their own. None is in a shipped training file or reserved for reports."""

from functools import cache
from random import Random

from bot.kinds import Kind


def any_scenario(kind: Kind, random: Random) -> str:
    """One of the shipped scenarios, or descriptions for slogans."""
    return random.choice(_shipped(kind))


def is_shipped(kind: Kind, scenario: str) -> bool:
    """Whether it is one of them, so that no member typed it."""
    return scenario in _shipped(kind)


@cache
def _shipped(kind: Kind) -> tuple[str, ...]:
    return tuple(kind.arena.read_text(encoding="utf-8").splitlines())
