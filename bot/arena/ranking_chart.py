"""The ranking as a picture: `sketch` is for the bot, `python -m bot.arena.ranking_chart` draws it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from bot.drawing import BLUE, ORANGE, Sketch, drawable, main, picture
from bot.texts.template import clip

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A name, and the chance to beat an average contestant with the ends of its interval, from 0 to 1.
Bar: TypeAlias = tuple[str, float, float, float]

MAX_BARS, MAX_NAME = 12, 22
INCHES_A_BAR, INCHES_BESIDE = 0.34, 0.9


def sketch(bars: Sequence[Bar], alt: str) -> Sketch:
    """The first dozen, best on top."""
    return Sketch("bot.arena.ranking_chart", [(clip(name, MAX_NAME), *rest) for name, *rest in bars[:MAX_BARS]], alt)


def draw(bars: Sequence[Bar]) -> bytes:
    """A point and its interval for each. Slow at first, and blocking."""

    def plot(axes: "Axes") -> None:
        for place, (_, chance, low, high) in enumerate(reversed(bars)):
            axes.plot([100 * low, 100 * high], [place, place], color=BLUE, linewidth=3, solid_capstyle="round")
            axes.plot([100 * chance], [place], "o", color=ORANGE, markersize=6)
        names = [drawable(name) or f"no. {len(bars) - place}" for place, (name, *_) in enumerate(reversed(bars))]
        axes.set_yticks(range(len(bars)), names)
        axes.set_xlim(0, 100)
        axes.set_ylim(-0.6, len(bars) - 0.4)
        axes.set_xlabel("beats an average contestant, %")
        axes.axvline(50, color="#80848e", linewidth=0.8, linestyle=":")

    return picture(INCHES_BESIDE + INCHES_A_BAR * max(2, len(bars)), plot)


if __name__ == "__main__":
    main(draw)
