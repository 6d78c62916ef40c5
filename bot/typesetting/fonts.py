"""The bundled fonts, what each of them has, and which one draws each character. For the process that draws alone.

A text is set in the display font of its layout where that has its letters; else in the next font of the chain that has most of them,
so that a Vietnamese or Russian text is not half one font and half another.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib as mpl
import regex
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

FOLDER = Path(__file__).parent / "fonts"


@dataclass(frozen=True)
class Face:
    """One font file."""

    path: Path

    @property
    def has_colour(self) -> bool:
        """Whether it is drawn in its own colours."""
        return self == EMOJI


def _bundled(name: str) -> Face:
    return Face(FOLDER / name)


ANTON, BRICOLAGE, SERIF = _bundled("anton.ttf"), _bundled("bricolage.ttf"), _bundled("dm-serif-display.ttf")
RUBIK, RUBIK_MEDIUM, INTER = _bundled("rubik-800.ttf"), _bundled("rubik-500.ttf"), _bundled("inter-800.ttf")
CJK, EMOJI = _bundled("noto-sans-cjk.otf"), _bundled("twemoji.ttf")
ARABIC = _bundled("noto-sans-arabic.ttf")
OTHER_SCRIPTS = tuple(Face(path) for path in sorted(FOLDER.glob("noto-sans-*.ttf")))
# Comes with matplotlib, which draws the charts: symbols, Georgian, Armenian.
DEJAVU = Face(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf")
ALPHABETS = (RUBIK, INTER, ARABIC)
LAST = (CJK, *OTHER_SCRIPTS, DEJAVU)

# What no font need have: joiners, variation selectors, the tags of a flag.
UNSEEN = dict.fromkeys([0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0020, 0xE0080), *range(0xE0100, 0xE01F0)])
IS_EMOJI = regex.compile(
    r"\p{Regional_Indicator}{2} | [0-9\#*]\ufe0f\u20e3 | \p{Emoji_Presentation} (?!\ufe0e)"
    r"| \p{Extended_Pictographic} (?: \ufe0f | \p{Emoji_Modifier} | \u200d )",
    regex.VERBOSE,
)
# Chinese and Japanese write these as wide as a character, other languages narrow.
WIDE_BESIDE_CJK = frozenset("“”‘’…—·")


@cache
def letters(face: Face) -> frozenset[int]:
    """Every code point that a font has."""
    return frozenset(FT2Font(face.path).get_charmap())


@cache
def sized(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """The font at so many pixels an em."""
    return ImageFont.truetype(face.path, size, layout_engine=ImageFont.Layout.RAQM)


def has(face: Face, character: str) -> bool:
    """Whether a font has all of a character, composed or in parts."""
    found = letters(face)
    seen = character.translate(UNSEEN)
    return all(ord(one) in found for one in seen) or all(
        ord(one) in found for one in unicodedata.normalize("NFC", seen)
    )


def faces(characters: Sequence[str], display: tuple[Face, ...]) -> list[Face | None]:
    """The font of each character; None where no font has it."""
    alphabets = dict.fromkeys((*display, *ALPHABETS))
    counts = {face: sum(has(face, one) for one in characters if one[0].isalpha()) for face in alphabets}
    chain = (*sorted(alphabets, key=lambda face: -counts[face]), *LAST)
    found = [_face(one, chain) for one in characters]
    for place, character in enumerate(characters):
        beside = found[max(0, place - 1) : place + 2]
        if character in WIDE_BESIDE_CJK and CJK in beside and has(CJK, character):
            found[place] = CJK
    return found


def _face(character: str, chain: Sequence[Face]) -> Face | None:
    order = (EMOJI, *chain) if IS_EMOJI.match(character) else (*chain, EMOJI)
    return next((face for face in order if has(face, character)), None)
