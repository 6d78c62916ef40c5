"""What autocomplete offers."""

from collections.abc import Iterable

from discord import app_commands

LIMIT = 25
LIMIT_TEXT = 100


def matching(current: str, names: Iterable[str]) -> list[app_commands.Choice[str]]:
    """Names that contain what was typed, in order, as many as Discord takes; too long ones cannot be chosen."""
    typed = current.casefold()
    found = [name for name in names if typed in name.casefold() and len(name) <= LIMIT_TEXT]
    return [app_commands.Choice(name=name, value=name) for name in found[:LIMIT]]
