"""What all charts share: a process of their own to be drawn in, and a card of their own that suits light and dark.

Measured on two cores: matplotlib in a thread stops the event loop for 60 to 80 ms at the first chart and 10 ms at each later one,
and keeps 48 MB for good; a process takes 0.8 s, stops the loop for the 5 ms that starting one costs, and leaves nothing. So the
bot itself never imports matplotlib.
"""

import asyncio
import io
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TIMEOUT = 60.0
LAST_WORDS = 500
# 390 px wide is a phone; drawn twice as fine, since its screen is.
INCHES_WIDE, DOTS = 3.9, 200
CARD, GRID, INK = "#2b2d31", "#4e5058", "#f2f3f5"
ORANGE, BLUE = "#ffb454", "#6cb6ff"
STYLE = {"font.family": "DejaVu Sans", "font.size": 9.5, "text.color": INK, "axes.labelcolor": INK}


async def draw(module: str, data: object) -> bytes:
    """Run `python -m module` with the data as JSON on its stdin; returns the PNG from its stdout.

    Raises `RuntimeError`, `OSError` or `TimeoutError` where that cannot be done.
    """
    async with asyncio.timeout(TIMEOUT):
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=pipe
        )
        try:
            png, complaint = await process.communicate(json.dumps(data).encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode or not png:
        raise RuntimeError(f"{module} could not draw: {complaint.decode(errors='replace')[-LAST_WORDS:]}")
    return png


def picture(inches_high: float, plot: Callable[["Axes"], None]) -> bytes:
    """A PNG as wide as a phone with what `plot` draws. Blocking, and slow at first: for the process alone."""
    from matplotlib import rc_context  # noqa: PLC0415  # so that the bot itself never loads it
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    with rc_context(STYLE):  # type: ignore[arg-type]  # the stubs know every key as a literal
        figure = Figure(figsize=(INCHES_WIDE, inches_high), dpi=DOTS, facecolor=CARD, layout="constrained")
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
