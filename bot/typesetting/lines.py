"""Paragraphs on their way to a picture: their lines in visual order, and how much room each takes.

A line is made of runs of one font and one direction, which Pillow shapes with HarfBuzz. Everything is measured by its ink, so what
fits is what can be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby

from PIL import ImageFont

from bot.typesetting.bidi import levels, visual_order
from bot.typesetting.breaking import phrases, segments
from bot.typesetting.fonts import Face, sized

REFERENCE = 200  # the size in pixels at which words are measured once


@dataclass(frozen=True)
class Extent:
    """Of a line's ink from its origin on the baseline, in pixels; `top` and `bottom` grow upwards and downwards."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass(frozen=True)
class Run:
    """Characters of one font and one direction."""

    text: str
    face: Face
    rtl: bool
    language: str | None

    def advance(self, size: int) -> float:
        return sized(self.face, size).getlength(self.text, direction=self.direction, language=self.language)

    def ink(self, size: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom, from the origin."""
        font = sized(self.face, size)
        return font.getbbox(self.text, anchor="ls", direction=self.direction, language=self.language)

    @property
    def direction(self) -> str:
        return "rtl" if self.rtl else "ltr"

    def font(self, size: int) -> ImageFont.FreeTypeFont:
        return sized(self.face, size)


@dataclass(frozen=True)
class Line:
    """Its text as it was typed, and its runs from left to right."""

    text: str
    runs: tuple[Run, ...]

    def extent(self, size: int) -> Extent:
        """Where its ink is; nothing for a blank line."""
        boxes, pen = [], 0.0
        for run in self.runs:
            left, top, right, bottom = run.ink(size)
            if right > left and bottom > top:
                boxes.append((pen + left, -top, pen + right, bottom))
            pen += run.advance(size)
        if not boxes:
            return Extent(0, 0, 0, 0)
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return Extent(min(lefts), max(rights), max(tops), max(bottoms))

    def advance(self, size: int) -> float:
        return sum(run.advance(size) for run in self.runs)


class Paragraph:
    """A text without line ends, ready to be cut into lines."""

    def __init__(self, letters: Sequence[str], found: Sequence[Face], language: str | None, *, rtl: bool) -> None:
        self._letters, self._faces, self._language, self._rtl = letters, found, language, rtl
        of_points = levels("".join(letters), rtl=rtl)
        starts, place = [], 0
        for letter in letters:
            starts.append(place)
            place += len(letter)
        self._levels = [of_points[start] for start in starts]
        self._cuts = {False: segments(letters), True: phrases(letters)}

    def __len__(self) -> int:
        return len(self._letters)

    def line(self, start: int, end: int) -> Line:
        """The characters from one place up to another as a line, without the spaces at its ends."""
        while start < end and self._letters[start] == " ":
            start += 1
        while end > start and self._letters[end - 1] == " ":
            end -= 1
        runs, depth = list[Run](), list[int]()
        keys = [(self._faces[place], self._levels[place]) for place in range(start, end)]
        place = start
        for (face, level), group in groupby(keys):
            count = len(list(group))
            text = "".join(self._letters[place : place + count])
            runs.append(Run(text, face, bool(level % 2), self._language))
            depth.append(level)
            place += count
        return Line("".join(self._letters[start:end]), tuple(runs[one] for one in visual_order(depth)))

    @cache  # noqa: B019  # a paragraph lives as long as the process that draws it
    def _pieces_of(self, *, in_phrases: bool) -> list[tuple[int, int, float, float]]:
        """Between which a line may end: from, up to, and how wide it is as the last of its line, and with its spaces."""
        found = []
        for start, end in self._cuts[in_phrases]:
            inner = self.line(start, end)
            width, blanks = inner.advance(REFERENCE), self._letters[start:end].count(" ") - inner.text.count(" ")
            found.append((start, end, width, width + blanks * self._space))
        return found

    @cached_property
    def _space(self) -> float:
        return sized(self._faces[0], REFERENCE).getlength(" ")

    @cache  # noqa: B019  # as above
    def _width_of(self, place: int) -> float:
        return self._space if self._letters[place] == " " else self.line(place, place + 1).advance(REFERENCE)

    def wrap(self, limit: float, *, in_phrases: bool = False) -> tuple[list[tuple[int, int]], bool]:
        """Lines no wider than `limit` at the reference size, from and up to, and whether a word (or phrase) had to be broken."""
        lines, start, used, broke = list[tuple[int, int]](), 0, 0.0, False
        for first, end, width, full in self._pieces_of(in_phrases=in_phrases):
            if used + width > limit and first > start:
                lines.append((start, first))
                start, used = first, 0.0
            if width > limit:
                broke = True
                pieces = self._pieces(first, end, limit)
                lines += pieces[:-1]
                start = pieces[-1][0]
                used = self.line(*pieces[-1]).advance(REFERENCE) + full - width
            else:
                used += full
        return [*lines, (start, len(self._letters))], broke

    def _pieces(self, start: int, end: int, limit: float) -> list[tuple[int, int]]:
        found, begin, used = [], start, 0.0
        for place in range(start, end):
            width = self._width_of(place)
            if used + width > limit and place > begin and self._letters[place] != " ":
                found.append((begin, place))
                begin, used = place, 0.0
            used += width
        return [*found, (begin, end)]

    def balanced(self, limit: float, *, in_phrases: bool = False) -> tuple[list[tuple[int, int]], bool]:
        """As `wrap`, with the same number of lines as even as they can be: no word is left alone on the last one."""
        lines, broke = self.wrap(limit, in_phrases=in_phrases)
        narrow, wide = 0.0, limit
        while len(lines) > 1 and not broke and wide - narrow > REFERENCE / 20:
            middle = (narrow + wide) / 2
            tried, breaks = self.wrap(middle, in_phrases=in_phrases)
            if len(tried) > len(lines) or breaks:
                narrow = middle
            else:
                wide, lines = middle, tried
        return lines, broke
