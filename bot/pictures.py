"""Pictures of likeness: a heatmap of numbered texts, and a map of many. `python -m bot.pictures` draws; the bot calls `Pictures`."""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.charts import Chart
from bot.drawing import CARD, GRID, INK, draw, picture
from bot.maps import TextMap
from bot.similarity import Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

log = logging.getLogger(__name__)

# Colours that colour-blind people tell apart (Okabe and Ito, lightened for the dark card), each with a mark of its own.
COLOURS = ("#ffb454", "#6cb6ff", "#3fd0a4", "#f2e35c", "#e89ac7", "#ff8a65", "#c9c9d1", "#9d8cff")
MARKS = "osD^vPX*"
NARROW = 7  # texts from which numbers in cells lose their leading zero
LIMIT_ALT = 1000


class Pictures:
    """Draws off the event loop, one picture at a time; None where it cannot be drawn, which the log explains."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def heatmap(self, grid: Grid) -> Chart | None:
        """The cosines of a grid, rows and columns numbered from 1."""
        return await self._drawn(
            {"heatmap": [[round(float(v), 4) for v in row] for row in grid.cosines]}, alt_grid(grid)
        )

    async def map(self, found: TextMap) -> Chart | None:
        """The points of a map, each in the colour and mark of its cluster."""
        points = [[round(float(x), 4), round(float(y), 4)] for x, y in found.points]
        return await self._drawn({"points": points, "of_point": found.of_point}, alt_map(found))

    async def _drawn(self, data: object, alt: str) -> Chart | None:
        async with self._turn:
            try:
                return Chart(await draw("bot.pictures", data), alt)
            except (OSError, RuntimeError, TimeoutError) as error:
                log.warning("A picture could not be drawn: %r", error)
                return None


def alt_grid(grid: Grid) -> str:
    """The heatmap in words."""
    rows = range(len(grid.texts))
    pairs = [f"{one + 1} and {two + 1}: {grid.cosines[one, two]:.2f}" for one in rows for two in rows if one < two]
    return f"Heatmap of the similarity of {len(rows)} texts. {', '.join(pairs)}."[:LIMIT_ALT]


def alt_map(found: TextMap) -> str:
    """The map in words."""
    groups = ", ".join(f"{n} of {cluster.size}" for n, cluster in enumerate(found.clusters, 1))
    return f"Map of {len(found.points)} texts by meaning, in clusters: {groups}."


def heatmap(cosines: Sequence[Sequence[float]]) -> bytes:
    """The PNG. Blocking, and slow at first."""
    size = len(cosines)

    def plot(axes: "Axes") -> None:
        axes.grid(visible=False)
        axes.imshow(cosines, cmap="cividis", vmin=0, vmax=1)
        axes.set_xticks(range(size), [str(n) for n in range(1, size + 1)])
        axes.set_yticks(range(size), [str(n) for n in range(1, size + 1)])
        axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
        for row, values in enumerate(cosines):
            for column, value in enumerate(values):
                colour = "#14171c" if value > 0.55 else INK
                axes.text(column, row, _cell(value, size), ha="center", va="center", color=colour, fontsize=_size(size))

    return picture(3.7, plot)


def _cell(value: float, size: int) -> str:
    text = f"{round(value, 2) + 0:.2f}"  # + 0: never -0.00
    return text.replace("0.", ".", 1).replace("1.00", "1") if size >= NARROW else text


def _size(size: int) -> float:
    return 12.0 if size < NARROW else 10.0 if size < 10 else 8.5


def text_map(points: Sequence[Sequence[float]], of_point: Sequence[int]) -> bytes:
    """The PNG. Blocking, and slow at first."""

    def plot(axes: "Axes") -> None:
        axes.set(xticks=[], yticks=[])
        axes.margins(0.08)
        axes.axhline(0, color=GRID, linewidth=0.6)
        axes.axvline(0, color=GRID, linewidth=0.6)
        few = len(points) <= 100
        for number in sorted(set(of_point)):
            xs, ys = zip(*(point for point, its in zip(points, of_point, strict=True) if its == number), strict=True)
            colour, mark = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
            axes.scatter(xs, ys, s=42 if few else 14, color=colour, marker=mark, alpha=0.9, linewidths=0)
        for number in sorted(set(of_point)):
            xs, ys = zip(*(point for point, its in zip(points, of_point, strict=True) if its == number), strict=True)
            _badge(axes, number, sum(xs) / len(xs), sum(ys) / len(ys))

    return picture(3.7, plot)


def _badge(axes: "Axes", number: int, x: float, y: float) -> None:
    box: dict[str, Any] = {
        "boxstyle": "circle,pad=0.25",
        "facecolor": CARD,
        "edgecolor": COLOURS[number % len(COLOURS)],
    }
    axes.text(x, y, str(number + 1), ha="center", va="center", fontsize=11, fontweight="bold", bbox=box)


def main() -> None:
    """The data as JSON on stdin, the picture on stdout."""
    data = json.load(sys.stdin)
    png = heatmap(data["heatmap"]) if "heatmap" in data else text_map(data["points"], data["of_point"])
    sys.stdout.buffer.write(png)


if __name__ == "__main__":
    main()
