"""Plain text for a terminal of 80 columns."""

import io
import re
import sys
import textwrap
from collections.abc import Iterable
from time import time

WIDTH = 80


def print_anywhere() -> None:
    """Show what a terminal's character set lacks as question marks, instead of failing on it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def heading(text: str) -> None:
    """A chapter's first line."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def say(text: str, indent: int = 0) -> None:
    """A paragraph."""
    space = " " * indent
    print(textwrap.fill(text, WIDTH - 1, initial_indent=space, subsequent_indent=space), flush=True)


def line(text: str) -> None:
    """A line that stays one: cut where it is too long."""
    print(clip(text, WIDTH - 1), flush=True)


def clip(text: str, width: int) -> str:
    """The text, with an ellipsis where it is too long."""
    return text if len(text) <= width else text[: width - 3] + "..."


def row(cells: Iterable[str], widths: Iterable[int]) -> None:
    """One line of a table."""
    line("  ".join(clip(cell, width).ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def plain(markdown: str) -> list[str]:
    """The lines of a Discord message without its marks; a relative time is spelled out."""
    text = re.sub(r"<t:(\d+):R>", lambda found: f"in {max(0, int(found[1]) - round(time()))} s", markdown)
    return re.sub(r"\\(.)|[*`]", lambda found: found[1] or "", text).splitlines()
