"""The loss chart of a job. The bot calls `Charts.losses`; `python -m bot.reports.loss_chart` draws."""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bot.drawing import BLUE, ORANGE, draw, picture
from bot.reports.losses import Curve, LossPoint, describe, number, thin, training, validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

log = logging.getLogger(__name__)

INCHES_HIGH = 2.9
TRAINING, VALIDATION = ORANGE, BLUE
FARTHEST = 1e9  # beyond that, ticks are unreadable anyhow
DOTTED, FINE = 30, 100  # points up to which each is marked, and beyond which the line is thin


@dataclass(frozen=True)
class Chart:
    """A picture, and what it shows in words."""

    png: bytes
    alt: str


class Charts:
    """Draws off the event loop, one chart at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def losses(self, points: Sequence[LossPoint]) -> Chart | None:
        """The loss chart; None if it cannot be drawn here, which the log explains."""
        async with self._turn:
            try:
                return Chart(
                    await draw("bot.reports.loss_chart", [asdict(point) for point in _needed(points)]), describe(points)
                )
            except (OSError, RuntimeError, TimeoutError) as error:
                log.warning("A chart could not be drawn: %r", error)
                return None


def loss_chart(points: Sequence[LossPoint]) -> bytes:
    """Training and validation loss by step, as PNG. Slow at first, and blocking."""

    def plot(axes: "Axes") -> None:
        _plot(axes, "training", training(points), TRAINING, "-")
        _plot(axes, "validation", validation(points), VALIDATION, "--")
        _dress(axes)

    return picture(INCHES_HIGH, plot)


def _needed(points: Sequence[LossPoint]) -> list[LossPoint]:
    steps = {step for curve in (training(points), validation(points)) for step, _ in thin(curve)}
    return [point for point in points if point.step in steps]


def _plot(axes: "Axes", name: str, curve: Curve, colour: str, line: str) -> None:
    if not curve:
        return
    steps, losses = zip(*((step, _bounded(loss)) for step, loss in thin(curve)), strict=True)
    axes.plot(
        steps,
        losses,
        color=colour,
        linestyle=line,
        linewidth=1.8 if len(steps) <= FINE else 1.0,
        marker="o" if len(steps) <= DOTTED else None,
        markersize=3.5,
        label=f"{name} {number(curve[-1][1])}",
    )


def _bounded(loss: float) -> float:
    return max(-FARTHEST, min(FARTHEST, loss))


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


def main() -> None:
    """Points as JSON on stdin, the picture on stdout."""
    points = [LossPoint(**point) for point in json.load(sys.stdin)]
    sys.stdout.buffer.write(loss_chart(points))


if __name__ == "__main__":
    main()
