"""Charts as PNG: drawn small and bold, for a phone, on a card of their own that suits light and dark.

`Charts` draws in a process that ends with the chart (`python -m bot.charts`). Measured on two cores: matplotlib in a thread stops
the event loop for 60 to 80 ms at the first chart and 10 ms at each later one, and keeps 48 MB for good; the process takes 0.8 s,
stops the loop for the 5 ms that starting one costs, and leaves nothing. The bot itself never imports matplotlib.
"""

import asyncio
import io
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from bot.losses import Curve, LossPoint, describe, number, thin, training, validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

log = logging.getLogger(__name__)

TIMEOUT = 60.0
# 390 px wide is a phone; drawn twice as fine, since its screen is.
INCHES, DOTS = (3.9, 2.9), 200
CARD, GRID, INK = "#2b2d31", "#4e5058", "#f2f3f5"
TRAINING, VALIDATION = "#ffb454", "#6cb6ff"
FARTHEST = 1e9  # beyond that, ticks are unreadable anyhow
STYLE = {"font.family": "DejaVu Sans", "font.size": 9.5, "text.color": INK, "axes.labelcolor": INK}


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
                async with asyncio.timeout(TIMEOUT):
                    return Chart(await _drawn(points), describe(points))
            except (OSError, RuntimeError, TimeoutError) as error:
                log.warning("A chart could not be drawn: %r", error)
                return None


async def _drawn(points: Sequence[LossPoint]) -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.charts", stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        sent = json.dumps([asdict(point) for point in points]).encode()
        png, complaint = await process.communicate(sent)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode or not png:
        raise RuntimeError(complaint.decode(errors="replace")[-500:])
    return png


def loss_chart(points: Sequence[LossPoint]) -> bytes:
    """Training and validation loss by step, as PNG. Slow at first, and blocking: the bot calls `Charts.losses`."""
    from matplotlib import rc_context  # noqa: PLC0415  # so that the bot itself never loads it
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(STYLE):  # type: ignore[arg-type]  # the stubs know every key as a literal
        figure = Figure(figsize=INCHES, dpi=DOTS, facecolor=CARD, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot(facecolor=CARD)
        _plot(axes, "training", training(points), TRAINING, "-")
        _plot(axes, "validation", validation(points), VALIDATION, "--")
        _dress(axes)
        picture = io.BytesIO()
        figure.savefig(picture, format="png")
    return picture.getvalue()


def _plot(axes: "Axes", name: str, curve: Curve, colour: str, line: str) -> None:
    if not curve:
        return
    steps, losses = zip(*((step, _bounded(loss)) for step, loss in thin(curve)), strict=True)
    marker = "o" if len(steps) <= 30 else None
    label = f"{name} {number(curve[-1][1])}"
    axes.plot(
        steps,
        losses,
        color=colour,
        linestyle=line,
        linewidth=1.8 if len(steps) <= 100 else 1.0,
        marker=marker,
        markersize=3.5,
        label=label,
    )


def _bounded(loss: float) -> float:
    return max(-FARTHEST, min(FARTHEST, loss))


def _dress(axes: "Axes") -> None:
    from matplotlib.ticker import EngFormatter, MaxNLocator  # noqa: PLC0415

    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    axes.grid(color=GRID, linewidth=0.6)
    axes.tick_params(colors=INK, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if axes.has_data():
        axes.figure.legend(loc="outside upper left", ncols=2, frameon=False, handlelength=1.8, columnspacing=1.2)
    else:
        axes.set(xticks=[], yticks=[])
        axes.text(0.5, 0.5, "no losses yet", ha="center", va="center", transform=axes.transAxes)


def main() -> None:
    """Points as JSON on stdin, the picture on stdout."""
    points = [LossPoint(**point) for point in json.load(sys.stdin)]
    sys.stdout.buffer.write(loss_chart(points))


if __name__ == "__main__":
    main()
