"""Small pieces of text that several commands show."""

from collections.abc import Sequence

LIMIT_TITLE = 256
LIMIT_DESCRIPTION = 4096
LIMIT_FIELD = 1024
LIMIT_CONTENT = 2000
LIMIT_FOOTER = 300  # far below Discord's, so that title, description and footer together stay below its 6,000


def clip(text: str, limit: int) -> str:
    """A text cut to what fits; an ellipsis says that more was there."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def listing(lines: Sequence[str], most: int = 25) -> str:
    """As many whole lines as an embed's description takes, newest first; the last line says how many are left out."""
    kept, room = 0, LIMIT_DESCRIPTION - 30
    for line in lines[:most]:
        room -= len(line) + 1
        if room < 0:
            break
        kept += 1
    rest = [f"… and {len(lines) - kept} older"] if kept < len(lines) else []
    return "\n".join([*lines[:kept], *rest])


def bar(share: float, width: int = 20) -> str:
    """A bar that is `share` (0 to 1) full."""
    full = round(min(1.0, max(0.0, share)) * width)
    return "█" * full + "░" * (width - full)


def dollars(microdollars: int) -> str:
    """An amount of money, with as many decimals as it needs to be seen."""
    amount = microdollars / 1_000_000
    return f"${amount:.2f}" if amount >= 0.01 or amount == 0 else f"${amount:.4f}"


def duration(seconds: float) -> str:
    """A time span in its largest sensible unit."""
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"
