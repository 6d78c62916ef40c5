"""Small pieces of text that several commands show."""

import math
import re
from collections.abc import Sequence

from bot.texts import common as texts
from bot.texts.template import beginning, clip, escape

MAX_TITLE = 256
MAX_DESCRIPTION = 4096
MAX_FIELD = 1024
MAX_CONTENT = 2000
MAX_FOOTER = 300  # far below Discord's, so that title, description and footer together stay below its 6,000
MAX_ALT = 1024
LISTED_LINES = 25
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def typed(text: str, limit: int) -> str:
    """What a person, a file, a model or a server wrote, on one line or more, as an embed shows it: every character, and none live."""
    return clip(escape(beginning(text, limit)), limit)


def as_typed(shown: str) -> str:
    """What was typed, of a text that `typed` made."""
    return _ESCAPED.sub(r"\1", shown)


def member(user_id: int) -> str:
    """A member's mention, which pings nobody; words for one who asked to be forgotten."""
    return f"<@{user_id}>" if user_id else str(texts.FORGOTTEN_MEMBER)


def listing(lines: Sequence[str], limit: int = LISTED_LINES) -> str:
    """As many whole lines as an embed's description takes, newest first; the last line says how many are left out."""
    kept, room = 0, MAX_DESCRIPTION - 30
    for line in lines[:limit]:
        room -= len(line) + 1
        if room < 0:
            break
        kept += 1
    rest = [str(texts.OLDER.of(len(lines) - kept))] if kept < len(lines) else []
    return "\n".join([*lines[:kept], *rest])


def bar(share: float, width: int = 20) -> str:
    """A bar that is `share` (0 to 1) full."""
    full = round(min(1.0, max(0.0, share)) * width)
    return "█" * full + "░" * (width - full)


def dollars(microdollars: float) -> str:
    """An amount of money, with as many decimals as it needs to be seen."""
    amount = microdollars / 1_000_000
    if amount >= 0.01 or amount == 0:
        return f"${amount:.2f}"
    return f"${amount:.{max(4, 1 - math.floor(math.log10(amount)))}f}"


def answer_cost(nanodollars: int | None) -> str:
    """What answers cost, likewise."""
    return cost(None if nanodollars is None else nanodollars / 1000)


def cost(microdollars: float | None) -> str:
    """What something cost: an estimate, nothing on one's own engine, or unknown (None)."""
    if microdollars is None:
        return str(texts.UNKNOWN_COST)
    return texts.ABOUT.format(amount=dollars(microdollars)) if microdollars else str(texts.NO_CHARGE)


def duration(seconds: float) -> str:
    """A time span in its largest sensible unit."""
    if seconds < 1:
        return str(texts.UNDER_A_SECOND)
    if seconds < 90:
        return str(texts.SECONDS.of(round(seconds)))
    if seconds < 90 * 60:
        return str(texts.MINUTES.of(round(seconds / 60)))
    return texts.HOURS.format(hours=seconds / 3600)
