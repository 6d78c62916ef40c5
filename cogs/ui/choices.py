"""What autocomplete offers."""

from collections.abc import Iterable, Sequence

from discord import app_commands

LIMIT = 25
LIMIT_TEXT = 100


def matching(current: str, names: Iterable[str], *, last: Sequence[str] = ()) -> list[app_commands.Choice[str]]:
    """Names that contain what was typed, in order, as many as Discord takes; too long ones cannot be chosen.

    However many there are, a fitting name in `last` is offered after them.
    """
    typed = current.casefold()
    found, kept = (
        [name for name in some if typed in name.casefold() and len(name) <= LIMIT_TEXT] for some in (names, last)
    )
    return [app_commands.Choice(name=name, value=name) for name in [*found[: LIMIT - len(kept)], *kept]]
