"""A text as it is drawn: cleaned, each character with its font, in paragraphs; and what of it cannot be drawn."""

from collections.abc import Sequence

from bot.characters import characters, visible
from bot.typesetting.bidi import is_rtl
from bot.typesetting.fonts import Face, faces
from bot.typesetting.lines import Line, Paragraph

MAX_CHARACTERS = 2000  # as many as a message on Discord has
MAX_LINE_ENDS = 40  # a text of more is no poem: its line ends are drawn as spaces
MAX_CLUSTER = 16  # code points that are never torn apart; a chain of a hundred joined emoji is


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
