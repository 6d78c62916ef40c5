"""The histogram of an example's tokens: `sketch` is for the bot, `python -m bot.datasets.token_chart` draws it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.datasets.findings import Lengths
from bot.drawing import ORANGE, Sketch, main, picture
from bot.texts import datasets as texts
from bot.texts.template import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT_INCHES = 2.6
MAX_LABELS = 5

Bins = Sequence[tuple[int, int, int]]


def sketch(lengths: Lengths) -> Sketch:
    """How many examples have how many tokens."""
    return Sketch("bot.datasets.token_chart", lengths.bins, describe(lengths))


def describe(lengths: Lengths) -> str:
    """The picture in words."""
    start, end, most = max(lengths.bins, key=lambda one: one[2])
    total = sum(count for _, _, count in lengths.bins)
    sizes = {"shortest": lengths.shortest, "longest": lengths.longest, "median": lengths.median}
    return plain(texts.HISTOGRAM_ALT, {**sizes, "most": most, "total": total, "start": start, "end": end - 1})


def draw(bins: Bins) -> bytes:
    """The bins as PNG. Blocking, and slow at first."""

    def plot(axes: "Axes") -> None:
        axes.bar(range(len(bins)), [count for _, _, count in bins], width=0.86, color=ORANGE)
        _dress(axes, bins)

    return picture(HEIGHT_INCHES, plot)


def _dress(axes: "Axes", bins: Bins) -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator  # noqa: PLC0415  # so that the bot itself never loads it

    every = -(-len(bins) // MAX_LABELS)
    shown = range(0, len(bins), every)
    axes.set_xticks(list(shown), [_label(bins, index) for index in shown])
    axes.set_xlabel(texts.HISTOGRAM_X)
    axes.set_ylabel(texts.HISTOGRAM_Y)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(visible=False, axis="x")


def _label(bins: Bins, index: int) -> str:
    start, end, _ = bins[index]
    width = bins[0][1] - bins[0][0]
    if end - start > width:
        return f"{_short(start)}+"
    return _short(start) if width == 1 else f"{_short(start)}–{_short(end - 1)}"


def _short(number: int) -> str:
    return f"{number:,}" if number < 10_000 else f"{number / 1000:.0f}k"


if __name__ == "__main__":
    main(draw)
