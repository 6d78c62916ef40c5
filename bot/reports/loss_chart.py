"""The loss chart of a job: `sketch` is for the bot, `python -m bot.reports.loss_chart` draws it."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.drawing import BLUE, ORANGE, Sketch, main, picture
from bot.reports.losses import Curve, LossPoint, describe, number, thin, training, validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT_INCHES = 2.9
TRAINING, VALIDATION = ORANGE, BLUE
LARGEST_LOSS = 1e9  # beyond that, ticks are unreadable anyhow
MARKED_POINTS, THICK_POINTS = 30, 100  # up to which each is marked, and up to which the line is thick


def sketch(points: Sequence[LossPoint]) -> Sketch:
    """Training and validation loss by step."""
    steps = {step for curve in (training(points), validation(points)) for step, _ in thin(curve)}
    needed = [asdict(point) for point in points if point.step in steps]
    return Sketch("bot.reports.loss_chart", needed, describe(points))


def draw(points: Sequence[LossPoint]) -> bytes:
    """Training and validation loss by step, as PNG. Slow at first, and blocking."""

    def plot(axes: "Axes") -> None:
        _plot(axes, "training", training(points), TRAINING, "-")
        _plot(axes, "validation", validation(points), VALIDATION, "--")
        _dress(axes)

    return picture(HEIGHT_INCHES, plot)


def _plot(axes: "Axes", name: str, curve: Curve, colour: str, line: str) -> None:
    if not curve:
        return
    steps, losses = zip(*((step, _bounded(loss)) for step, loss in thin(curve)), strict=True)
    axes.plot(
        steps,
        losses,
        color=colour,
        linestyle=line,
        linewidth=1.8 if len(steps) <= THICK_POINTS else 1.0,
        marker="o" if len(steps) <= MARKED_POINTS else None,
        markersize=3.5,
        label=f"{name} {number(curve[-1][1])}",
    )


def _bounded(loss: float) -> float:
    return max(-LARGEST_LOSS, min(LARGEST_LOSS, loss))


def _dress(axes: "Axes") -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator  # noqa: PLC0415  # so that the bot itself never loads it

    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    if not axes.has_data():
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "no losses yet", ha="center", va="center", transform=axes.transAxes)
        return
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.figure.legend(loc="outside upper left", ncols=2, frameon=False, handlelength=1.8, columnspacing=1.2)


if __name__ == "__main__":
    main(lambda points: draw([LossPoint(**point) for point in points]))
