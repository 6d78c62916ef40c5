"""A text on its way to a picture: its paragraphs, their lines in visual order, and how much room each takes.

A line is made of runs of one font and one direction, which Pillow shapes with HarfBuzz. Everything is measured by its ink, so what
fits is what can be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import groupby

from PIL import ImageFont

from bot.characters import characters, visible
from bot.typesetting.bidi import is_rtl, levels, visual_order
from bot.typesetting.breaking import phrases, segments
from bot.typesetting.fonts import Face, faces, sized

MAX_CHARACTERS = 2000  # as many as a message on Discord has
MAX_LINE_ENDS = 40  # a text of more is no poem: its line ends are drawn as spaces
MAX_CLUSTER = 16  # code points that are never torn apart; a chain of a hundred joined emoji is
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


class SetText:
    """A text with its fonts: what can be drawn of it, and what cannot."""

    def __init__(self, text: str, display: tuple[Face, ...]) -> None:
        """Cleans the text; of more than 2,000 characters it keeps the first, and ends in an ellipsis."""
        whole = _torn(tidied(text))
        self.cut = len(whole) > MAX_CHARACTERS
        letters = [*whole[: MAX_CHARACTERS - 1], "…"] if self.cut else whole
        set_in = _faces(letters, display)
        lost = (
            one
            for one, (drawn, face) in zip(letters, set_in, strict=True)
            if one != "\n" and (drawn != one or not face)
        )
        self.missing = "".join(dict.fromkeys(lost))
        found = _without_gaps([(letter, face) for letter, face in set_in if face is not None or letter == "\n"])
        self.text = "".join(letter for letter, _ in found)
        self.rtl = is_rtl(self.text)
        language = language_of(self.text)
        self.paragraphs = [
            Paragraph([letter for letter, _ in line], [face for _, face in line if face], language, rtl=self.rtl)
            for line in _split(found)
            if found
        ]

    def lines(self) -> list[Line]:
        """One for each that was typed, however wide."""
        return [one.line(0, len(one)) for one in self.paragraphs]


Lettered = tuple[str, Face | None]


def _faces(letters: Sequence[str], display: tuple[Face, ...]) -> list[Lettered]:
    """Each character with its font. A letter whose marks no font has stands without them, as far as a font has the letter."""
    found = list[Lettered]()
    for letter, face in zip(letters, faces(letters, display), strict=True):
        bare = letter[0]
        found.append((letter, face) if face or letter == bare else (bare, faces([bare], display)[0]))
    return found


def _without_gaps(letters: Sequence[Lettered]) -> list[Lettered]:
    """As they are, but without the second space where a character between two was left out."""
    found = list[Lettered]()
    for letter, face in letters:
        if letter == " " and (not found or found[-1][0] in " \n"):
            continue
        if letter == "\n" and found and found[-1][0] == " ":
            found.pop()
        found.append((letter, face))
    return found


def _split(letters: Sequence[Lettered]) -> list[list[Lettered]]:
    lines: list[list[Lettered]] = [[]]
    for letter, face in letters:
        if letter == "\n":
            lines.append([])
        else:
            lines[-1].append((letter, face))
    return lines


def tidied(text: str) -> str:
    """What is drawn of a text: nothing that cannot be seen, single spaces, at most one blank line between two others."""
    lines = [" ".join(line.split()) for line in visible(text).strip().split("\n")]
    if len(lines) > MAX_LINE_ENDS:
        return " ".join(filter(None, lines))
    kept = [line for place, line in enumerate(lines) if line or lines[place - 1]]
    return "\n".join(kept)


def _torn(text: str) -> list[str]:
    found = list[str]()
    for letter in characters(text):
        found += [letter[place : place + MAX_CLUSTER] for place in range(0, len(letter), MAX_CLUSTER)]
    return found


def language_of(text: str) -> str | None:
    """Whose forms of Chinese characters a text is set in: kana are Japanese, hangul Korean, some characters only Traditional Chinese."""
    if any("\u3040" <= one <= "\u30ff" for one in text):
        return "ja"
    if any("\uac00" <= one <= "\ud7a3" for one in text):
        return "ko"
    return "zh-TW" if any("\u4e00" <= one <= "\u9fff" and _is_traditional(one) for one in text) else "zh-CN"


def _is_traditional(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False
