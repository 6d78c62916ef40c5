"""Pictures of likeness: a heatmap of numbered texts, and a map of many. `python -m bot.similarity.pictures` draws what the bot sketches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.drawing import CARD, GRID, INK, Sketch, main, picture
from bot.similarity.maps import TextMap
from bot.similarity.service import Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours that colour-blind people tell apart (Okabe and Ito, lightened for the dark card), each with a mark of its own.
COLOURS = ("#ffb454", "#6cb6ff", "#3fd0a4", "#f2e35c", "#e89ac7", "#ff8a65", "#c9c9d1", "#9d8cff")
MARKS = "osD^vPX*"
NARROW = 7  # texts from which numbers in cells lose their leading zero
LIMIT_ALT = 1000
FEW = 100  # points up to which they are drawn large
BADGE = 0.085  # of the map's width
AROUND = [(r * dx, r * dy) for r in (1, 2, 3) for dx, dy in ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (-1, -1))]

Point = Sequence[float]


def sketch_grid(grid: Grid) -> Sketch:
    """The cosines of a grid, rows and columns numbered from 1."""
    cosines = [[round(float(value), 4) for value in row] for row in grid.cosines]
    return Sketch("bot.similarity.pictures", {"cosines": cosines}, alt_grid(grid))


def sketch_map(found: TextMap) -> Sketch:
    """The points of a map, each in the colour and mark of its cluster."""
    points = [[round(float(x), 4), round(float(y), 4)] for x, y in found.points]
    return Sketch("bot.similarity.pictures", {"points": points, "of_point": found.of_point}, alt_map(found))


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
                colour = "#14171c" if value > 0.5 else INK
                axes.text(column, row, _cell(value, size), ha="center", va="center", color=colour, fontsize=_size(size))

    return picture(3.7, plot)


def _cell(value: float, size: int) -> str:
    text = f"{round(value, 2) + 0:.2f}"  # + 0: never -0.00
    return text.replace("0.", ".", 1).replace("1.00", "1") if size >= NARROW else text


def _size(size: int) -> float:
    return 12.0 if size < NARROW else 10.0 if size < 10 else 8.5


def text_map(points: Sequence[Point], of_point: Sequence[int]) -> bytes:
    """The PNG. Blocking, and slow at first."""

    def plot(axes: "Axes") -> None:
        axes.set(xticks=[], yticks=[])
        axes.margins(0.16)
        axes.axhline(0, color=GRID, linewidth=0.6)
        axes.axvline(0, color=GRID, linewidth=0.6)
        clusters = [_members(points, of_point, number) for number in range(max(of_point) + 1)]
        for number, members in enumerate(clusters):
            xs, ys = zip(*members, strict=True)
            colour, mark = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
            axes.scatter(xs, ys, s=42 if len(points) <= FEW else 14, color=colour, marker=mark, alpha=0.9, linewidths=0)
        for number, (x, y) in enumerate(_apart([_middle(members) for members in clusters], _gap(points))):
            _badge(axes, number, x, y)

    return picture(3.7, plot)


def _members(points: Sequence[Point], of_point: Sequence[int], number: int) -> list[Point]:
    return [point for point, its in zip(points, of_point, strict=True) if its == number]


def _middle(members: Sequence[Point]) -> Point:
    return [sum(axis) / len(members) for axis in zip(*members, strict=True)]


def _gap(points: Sequence[Point]) -> Point:
    return [(max(axis) - min(axis)) * BADGE or 0.01 for axis in zip(*points, strict=True)]


def _apart(places: Sequence[Point], gap: Point) -> list[Point]:
    """Badges beside their clusters' middles, each in the nearest place around that no earlier badge covers."""
    taken: list[Point] = []
    for x, y in places:
        around = ([x + dx * gap[0], y + dy * gap[1]] for dx, dy in AROUND)
        taken.append(next((at for at in around if all(_clear(at, other, gap) for other in taken)), [x, y]))
    return taken


def _clear(one: Point, other: Point, gap: Point) -> bool:
    return abs(one[0] - other[0]) >= gap[0] or abs(one[1] - other[1]) >= gap[1]


def _badge(axes: "Axes", number: int, x: float, y: float) -> None:
    colour = COLOURS[number % len(COLOURS)]
    box: dict[str, Any] = {"boxstyle": "circle,pad=0.25", "facecolor": CARD, "edgecolor": colour, "alpha": 0.85}
    axes.text(x, y, str(number + 1), ha="center", va="center", fontsize=11, fontweight="bold", bbox=box).set_in_layout(
        False
    )


if __name__ == "__main__":
    main(lambda data: heatmap(**data) if "cosines" in data else text_map(**data))
