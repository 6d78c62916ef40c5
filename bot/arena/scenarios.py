"""Questions for members who have no idea of their own. None is in a shipped training file or reserved for reports."""

from random import Random

from bot.kinds import Kind


def any_scenario(kind: Kind, random: Random) -> str:
    """One of the shipped scenarios, or descriptions for slogans."""
    return random.choice(kind.arena.read_text(encoding="utf-8").splitlines())
