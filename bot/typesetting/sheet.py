"""The picture while it is drawn: shapes first, with smooth edges, then text on them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageDraw

from bot.characters import characters
from bot.typesetting.fitting import Block, Row
from bot.typesetting.fonts import sized
from bot.typesetting.palettes import Colour

WIDTH = 1024
Align = Literal["left", "centre", "right"]
SHARE_LEFT: dict[Align, float] = {"left": 0.0, "centre": 0.5, "right": 1.0}
FINER = 3  # shapes are drawn so many times as large, since Pillow leaves their edges rough


@dataclass(frozen=True)
class Written:
    """A line and the box of its ink on the sheet: left, top, right, bottom."""

    text: str
    size: int
    box: tuple[float, float, float, float]
    colour: Colour


class Sheet:
    """All numbers are pixels of the sheet, from its left and its top. `missing` is what no font has, `cut` whether a text ends in an ellipsis."""

    def __init__(self, height: int, paper: Colour) -> None:
        self.height, self.missing, self.cut = height, "", False
        self._rows = list[tuple[Row, float, float, Colour]]()
        self._shapes = Image.new("RGB", (WIDTH * FINER, height * FINER), paper)
        self._pen = ImageDraw.Draw(self._shapes)

    def rectangle(self, box: Sequence[float], fill: Colour, *, radius: float = 0) -> None:
        """From left and top up to right and bottom."""
        left, top, right, bottom = self._finer(box)
        self._pen.rounded_rectangle((left, top, right - 1, bottom - 1), radius * FINER, fill)

    def outline(self, box: Sequence[float], colour: Colour, width: float, *, radius: float = 0) -> None:
        """The edge of a rectangle, drawn inside it."""
        left, top, right, bottom = self._finer(box)
        edge = round(width * FINER)
        self._pen.rounded_rectangle((left, top, right - 1, bottom - 1), radius * FINER, outline=colour, width=edge)

    def ellipse(self, box: Sequence[float], fill: Colour) -> None:
        """Inside a rectangle."""
        left, top, right, bottom = self._finer(box)
        self._pen.ellipse((left, top, right - 1, bottom - 1), fill)

    def slice(self, box: Sequence[float], start: float, end: float, fill: Colour) -> None:
        """Of an ellipse, clockwise from `start` to `end` in degrees; 0 is at three o'clock."""
        left, top, right, bottom = self._finer(box)
        self._pen.pieslice((left, top, right - 1, bottom - 1), start, end, fill)

    def polygon(self, points: Sequence[tuple[float, float]], fill: Colour) -> None:
        self._pen.polygon([(x * FINER, y * FINER) for x, y in points], fill)

    def write(self, block: Block, left: float, top: float, width: float, align: Align, *colours: Colour) -> None:
        """A block in a column; one colour, or one for each row."""
        self.missing += "".join(one for one in characters(block.missing) if one not in self.missing)
        self.cut = self.cut or block.cut
        for place, row in enumerate(block.rows):
            fill = colours[min(place, len(colours) - 1)]
            x = left - row.extent.left + (width - row.extent.width) * SHARE_LEFT[align]
            self._rows.append((row, x, top + row.baseline, fill))

    @property
    def written(self) -> list[Written]:
        """Every line on the sheet."""
        return [
            Written(
                row.line.text,
                row.size,
                (x + row.extent.left, y - row.extent.top, x + row.extent.right, y + row.extent.bottom),
                fill,
            )
            for row, x, y, fill in self._rows
        ]

    def picture(self, *, text: bool = True) -> Image.Image:
        """The sheet; without its text for whoever wants to see where the text is."""
        picture = self._shapes.resize((WIDTH, self.height), Image.Resampling.BOX)
        pen = ImageDraw.Draw(picture)
        for row, x, y, fill in self._rows if text else ():
            along = x
            for run in row.line.runs:
                pen.text(
                    (along, y),
                    run.text,
                    fill,
                    sized(run.face, row.size),
                    anchor="ls",
                    direction=run.direction,
                    language=run.language,
                    embedded_color=run.face.has_colour,
                )
                along += run.advance(row.size)
        return picture

    def png(self) -> bytes:
        """The finished picture."""
        file = io.BytesIO()
        self.picture().save(file, "PNG", optimize=True)
        return file.getvalue()

    @staticmethod
    def _finer(box: Sequence[float]) -> tuple[int, int, int, int]:
        left, top, right, bottom = (round(side * FINER) for side in box)
        return left, top, right, bottom
