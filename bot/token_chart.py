"""The histogram of an example's tokens as a picture: big letters for a phone, on a card of its own that suits light and dark.

`draw` runs `python -m bot.token_chart`, a process that ends with the picture: matplotlib would stop the bot for a moment and keep
tens of megabytes for good.
"""

import asyncio
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.training_report import Lengths

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIMEOUT = 60.0
LAST_WORDS = 500
# A phone is 390 px wide; twice as many dots, since its screen has them.
INCHES, DOTS = (3.9, 2.6), 200
CARD, GRID, INK, BAR = "#2b2d31", "#4e5058", "#f2f3f5", "#ffb454"
STYLE = {"font.family": "DejaVu Sans", "font.size": 9.5, "text.color": INK, "axes.labelcolor": INK}
MOST_LABELS = 5

Bins = Sequence[tuple[int, int, int]]


@dataclass(frozen=True)
class TokenChart:
    """A picture, and what it shows in words."""

    png: bytes
    alt: str


async def draw(lengths: Lengths) -> TokenChart:
    """Draw off the event loop. Raises `RuntimeError`, `OSError` or `TimeoutError` where that cannot be done."""
    async with asyncio.timeout(TIMEOUT):
        return TokenChart(await _drawn(lengths.bins), describe(lengths))


def describe(lengths: Lengths) -> str:
    """The picture in words."""
    start, end, most = max(lengths.bins, key=lambda one: one[2])
    total = sum(count for _, _, count in lengths.bins)
    return (
        f"Histogram of tokens an example: from {lengths.shortest:,} to {lengths.longest:,}, half have {lengths.median:,} or fewer; "
        f"the most, {most:,} of {total:,} examples, have {start:,} to {end - 1:,}."
    )


async def _drawn(bins: Bins) -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.token_chart", stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        png, complaint = await process.communicate(json.dumps(bins).encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"A histogram could not be drawn: {complaint.decode(errors='replace')[-LAST_WORDS:]}")
    return png


def histogram(bins: Bins) -> bytes:
    """The bins as PNG. Blocking, and slow at first."""
    from matplotlib import rc_context  # noqa: PLC0415  # so that the bot itself never loads it
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(STYLE):  # type: ignore[arg-type]  # the stubs know every key as a literal
        figure = Figure(figsize=INCHES, dpi=DOTS, facecolor=CARD, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot(facecolor=CARD)
        axes.bar(range(len(bins)), [count for _, _, count in bins], width=0.86, color=BAR)
        _dress(axes, bins)
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
    return picture.getvalue()


def _dress(axes: "Axes", bins: Bins) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator  # noqa: PLC0415

    every = -(-len(bins) // MOST_LABELS)
    shown = range(0, len(bins), every)
    axes.set_xticks(list(shown), [_label(bins, index) for index in shown])
    axes.set_xlabel("tokens an example")
    axes.set_ylabel("examples")
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _label(bins: Bins, index: int) -> str:
    start, end, _ = bins[index]
    width = bins[0][1] - bins[0][0]
    if end - start > width:
        return f"{_short(start)}+"
    return _short(start) if width == 1 else f"{_short(start)}–{_short(end - 1)}"


def _short(number: int) -> str:
    return f"{number:,}" if number < 10_000 else f"{number / 1000:.0f}k"


def main() -> None:
    """Bins as JSON on stdin, the picture on stdout."""
    sys.stdout.buffer.write(histogram(json.load(sys.stdin)))


if __name__ == "__main__":
    main()
