"""Charts: drawn one at a time, each by a process that ends with its picture, on a card of their own that suits light and dark.

Measured on two cores: matplotlib in a thread stops the event loop for 60 to 80 ms at the first chart and 10 ms at each later one,
and keeps 48 MB for good; a process takes 0.8 s, stops the loop for the 5 ms that starting one costs, and leaves nothing. So the
bot itself never imports matplotlib.
"""

import io
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bot.processes import Processes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

log = logging.getLogger(__name__)

# Whose turn to draw has not come by then gets the answer without a picture: two hundred members would wait for minutes.
TIMEOUT_SECONDS, PATIENCE_SECONDS = 60.0, 15.0
# 390 px wide is a phone; drawn twice as fine, since its screen is.
WIDTH_INCHES, DOTS_PER_INCH = 3.9, 200
CARD, GRID, INK = "#2b2d31", "#4e5058", "#f2f3f5"
ORANGE, BLUE = "#ffb454", "#6cb6ff"
FONT, FONT_POINTS = "DejaVu Sans", 9.5
STYLE = {
    "font.family": FONT,
    "font.size": FONT_POINTS,
    "text.color": INK,
    "text.parse_math": False,
    "axes.labelcolor": INK,
}


@dataclass(frozen=True)
class Sketch:
    """A chart before it is drawn: the module that draws it, what that needs as JSON and in bytes, and what it shows in words."""

    module: str
    data: object
    alt: str
    attached: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Chart:
    """A picture, and what it shows in words."""

    png: bytes
    alt: str


class Charts:
    """Draws off the event loop."""

    def __init__(self, timeout_seconds: float = TIMEOUT_SECONDS, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._processes = Processes(at_once=1, timeout_seconds=timeout_seconds, patience_seconds=patience_seconds)

    async def draw(self, sketch: Sketch) -> Chart | None:
        """The chart; None if it cannot be drawn here, or too many wait for theirs, which the log explains."""
        try:
            return Chart(
                await self._processes.run(sketch.module, json.dumps(sketch.data).encode() + b"\n" + sketch.attached),
                sketch.alt,
            )
        except (OSError, RuntimeError, TimeoutError) as error:
            log.warning("A chart could not be drawn: %r", error)
            return None


def picture(height_inches: float, plot: Callable[["Axes"], None]) -> bytes:
    """A PNG as wide as a phone with what `plot` draws. Blocking, and slow at first: for the process alone."""
    from matplotlib import rc_context  # noqa: PLC0415  # so that the bot itself never loads it
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(STYLE):  # type: ignore[arg-type]  # the stubs know every key as a literal
        figure = Figure(figsize=(WIDTH_INCHES, height_inches), dpi=DOTS_PER_INCH, facecolor=CARD, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot(facecolor=CARD)
        axes.grid(color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(colors=INK, length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        plot(axes)
        png = io.BytesIO()
        figure.savefig(png, format="png")
    return png.getvalue()


def drawable(text: str) -> str:
    """The text, if the charts' font has all of its characters, else nothing. For the process alone."""
    from matplotlib.font_manager import findfont, get_font  # noqa: PLC0415  # so that the bot itself never loads it

    font = get_font(findfont(FONT))
    return text if all(font.get_char_index(ord(one)) for one in text) else ""


def width_of(text: str) -> float:
    """In inches, of one line in bold. For the process alone."""
    from matplotlib.font_manager import FontProperties, findfont, get_font  # noqa: PLC0415  # so that the bot itself never loads it

    font = get_font(findfont(FontProperties(family=FONT, weight="bold")))
    font.set_size(FONT_POINTS, 72)
    font.set_text(text)
    return float(font.get_width_height()[0]) / 64 / 72


def main(draw: Callable[[Any], bytes]) -> None:
    """What a drawing module does when it is run: a sketch's data on stdin, the picture on stdout."""
    sys.stdout.buffer.write(draw(json.load(sys.stdin)))
