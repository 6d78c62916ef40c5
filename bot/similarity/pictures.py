"""Pictures of likeness: a heatmap of a few texts, and a map of many. `python -m bot.similarity.pictures` draws what the bot sketches."""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from bot.drawing import GRID, INK, Sketch, drawable, main, picture
from bot.similarity.maps import TextMap
from bot.similarity.service import Grid
from bot.texts import similarity as texts
from bot.texts.template import clip, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT_INCHES, LEGEND_LINE_INCHES = 3.7, 0.17
# Colours that colour-blind people tell apart (Okabe and Ito, lightened for the dark card), each with a mark of its own.
COLOURS = ("#ffb454", "#6cb6ff", "#3fd0a4", "#f2e35c", "#e89ac7", "#ff8a65", "#c9c9d1", "#9d8cff")
MARKS = "osD^vPX*"
MAX_ROW_NAME, MAX_TOPIC = 16, 44  # code points
FEW_TEXTS = 7  # from which on numbers in cells lose their leading zero
FEW_POINTS = 100  # up to which they are drawn large


def sketch_grid(grid: Grid) -> Sketch:
    """The cosines of a grid; its rows bear the beginnings of the texts."""
    cosines = [[None if math.isnan(value) else round(float(value), 4) for value in row] for row in grid.cosines]
    names = [clip(" ".join(text.split()), MAX_ROW_NAME) for text in grid.texts]
    return Sketch("bot.similarity.pictures", {"names": names, "cosines": cosines}, alt_grid(grid))


def sketch_map(found: TextMap) -> Sketch:
    """The points of a map, each in the colour and mark of its cluster."""
    points = [[round(float(x), 4), round(float(y), 4)] for x, y in found.points]
    topics = [clip(one.topic, MAX_TOPIC) for one in found.clusters]
    return Sketch(
        "bot.similarity.pictures", {"topics": topics, "points": points, "of_point": found.of_point}, alt_map(found)
    )


def alt_grid(grid: Grid) -> str:
    """The heatmap in words."""
    pairs = []
    for one, two in combinations(range(len(grid.texts)), 2):
        value = float(grid.cosines[one, two])
        template = texts.GRID_ALT_DOUBT if math.isnan(value) else texts.GRID_ALT_PAIR
        pairs.append(plain(template, {"one": one + 1, "two": two + 1, "likeness": number(value)}))
    return plain(texts.GRID_ALT, {"count": len(grid.texts), "pairs": ", ".join(pairs)})


def alt_map(found: TextMap) -> str:
    """The map in words."""
    groups = [
        plain(texts.MAP_ALT_GROUP, {"number": n, "topic": clip(one.topic, MAX_TOPIC), "size": one.size})
        for n, one in enumerate(found.clusters, 1)
    ]
    return plain(texts.MAP_ALT, {"count": len(found.points), "groups": "; ".join(groups)})


def number(cosine: float) -> str:
    """A cosine with two decimals, never -0.00."""
    return f"{round(cosine, 2) + 0:.2f}"


def draw_grid(names: Sequence[str], cosines: Sequence[Sequence[float | None]]) -> bytes:
    """The PNG. Blocking, and slow at first."""
    size = len(names)

    def plot(axes: "Axes") -> None:
        axes.grid(visible=False)
        axes.imshow(
            [[math.nan if value is None else value for value in row] for row in cosines],
            cmap="cividis",
            vmin=0,
            vmax=1,
            aspect="auto",
        )
        numbers = [str(n) for n in range(1, size + 1)]
        axes.set_xticks(range(size), numbers)
        axes.set_yticks(range(size), [f"{n} {drawable(name)}".rstrip() for n, name in zip(numbers, names, strict=True)])
        axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False)
        for row, values in enumerate(cosines):
            for column, value in enumerate(values):
                colour = "#14171c" if (value or 0) > 0.5 else INK
                axes.text(column, row, _cell(value, size), ha="center", va="center", color=colour, fontsize=_size(size))

    return picture(HEIGHT_INCHES, plot)


def _cell(value: float | None, size: int) -> str:
    text = "?" if value is None else number(value)
    return text.replace("0.", ".", 1).replace("1.00", "1") if size >= FEW_TEXTS else text


def _size(size: int) -> float:
    return 11.0 if size < FEW_TEXTS else 8.5 if size < 10 else 7.5


def draw_map(topics: Sequence[str], points: Sequence[Sequence[float]], of_point: Sequence[int]) -> bytes:
    """The PNG. Blocking, and slow at first."""

    def plot(axes: "Axes") -> None:
        axes.set(xticks=[], yticks=[])
        axes.margins(0.08)
        axes.axhline(0, color=GRID, linewidth=0.6, zorder=0)
        axes.axvline(0, color=GRID, linewidth=0.6, zorder=0)
        for number, topic in enumerate(topics):
            xs, ys = zip(*(point for point, its in zip(points, of_point, strict=True) if its == number), strict=True)
            axes.scatter(
                xs,
                ys,
                s=42 if len(points) <= FEW_POINTS else 14,
                color=COLOURS[number % len(COLOURS)],
                marker=MARKS[number % len(MARKS)],
                alpha=0.9,
                linewidths=0,
                label=f"{number + 1} {drawable(topic)}".rstrip(),
            )
        axes.figure.legend(loc="outside lower left", frameon=False, handletextpad=0.3)

    return picture(HEIGHT_INCHES + LEGEND_LINE_INCHES * len(topics), plot)


if __name__ == "__main__":
    main(lambda data: draw_grid(**data) if "cosines" in data else draw_map(**data))
