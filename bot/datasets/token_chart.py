"""The histogram of an example's tokens: `sketch` is for the bot, `python -m bot.datasets.token_chart` draws it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.datasets.findings import Lengths, quantile
from bot.drawing import ORANGE, Sketch, main, picture
from bot.texts import datasets as texts
from bot.texts.template import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT_INCHES = 2.6
MAX_BARS = 24
SHOWN_SHARE = 0.99  # so that one giant flattens nothing; the last bar holds the rest


def sketch(lengths: Lengths) -> Sketch:
    """How many examples have how many tokens."""
    return Sketch("bot.datasets.token_chart", lengths.counts, plain(texts.HISTOGRAM_ALT, vars(lengths)))


def draw(counts: Sequence[Sequence[int]]) -> bytes:
    """The PNG. Blocking, and slow at first."""

    def plot(axes: "Axes") -> None:
        from matplotlib.ticker import EngFormatter, MaxNLocator  # noqa: PLC0415  # so that the bot itself never loads it

        first, last = counts[0][0], quantile(counts, SHOWN_SHARE)
        width = -(-(last - first + 1) // MAX_BARS)
        edges = [edge - 0.5 for edge in range(first, last + width + 1, width)]
        tokens = [min(tokens, last) for tokens, _ in counts]
        examples = [examples for _, examples in counts]
        axes.hist(tokens, bins=edges, weights=examples, rwidth=0.86, color=ORANGE)
        axes.set(xlabel=texts.HISTOGRAM_X, ylabel=texts.HISTOGRAM_Y)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4, integer=True))
            axis.set_major_formatter(EngFormatter(sep=""))
        axes.grid(visible=False, axis="x")

    return picture(HEIGHT_INCHES, plot)


if __name__ == "__main__":
    main(draw)
