"""Text as people see it: one character may be several code points, and some code points can be neither seen nor sent.

`regex` is imported where it is needed: it takes 35 ms, which neither a start nor the check of an English file need wait for.
"""

import re
import unicodedata
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regex import Pattern

MAX_NAME_CHARACTERS = 40
MAX_NAME_CODE_POINTS = 100  # what Discord's autocomplete takes
ASCII_NAME = re.compile(r"\w[\w .+-]*")
# Letters and digits of any language with their marks; Persian and Indic scripts also need a joiner, unseen, between two letters.
NAME = r"""(?x) [\p{L}\p{N}_] (?:
    [\p{L}\p{N}_\ .+\-]
  | (?<=[\p{L}\p{N}]\p{M}*) \p{M}
  | (?<=\p{CCC=9} | [\p{Script=Arabic}\p{Script=Syriac}]\p{M}*) [\u200c\u200d] (?=\p{L})
)*"""
JOINERS = "\u200c\u200d"
INVISIBLE = rf"(?V1)[\p{{Default_Ignorable_Code_Point}}--[{JOINERS}]]"
# Scripts that put no spaces between words, by their first and last letters: Thai and Lao, Myanmar, Khmer, kana, Chinese characters.
UNSPACED = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


def characters(text: str) -> list[str]:
    """What people see as one character each: a letter with its accents, a flag, a family."""
    return list(text) if text.isascii() else _pattern(r"\X").findall(text)


def mended(text: str) -> str:
    """The text with a question mark for every half of a character, which UTF-8 cannot hold and nobody can send."""
    return text.encode("utf-8", "replace").decode()


def is_whole(text: str) -> bool:
    """Whether UTF-8 can hold it: no half of an emoji is left over from a cut."""
    return mended(text) == text


def is_unspaced(character: str) -> bool:
    """Whether it belongs to a script that puts no spaces between words."""
    return any(first <= character[0] <= last for first, last in UNSPACED)


def words(text: str) -> list[str]:
    """The words of a text in any language, in small letters; pairs of characters where there are no spaces between words."""
    found = list[str]()
    for word in _pattern(r"\p{L}[\p{L}\p{M}\p{N}]*").findall(text.casefold()):
        if is_unspaced(word):
            letters = characters(word)
            found += [one + other for one, other in pairwise(letters)] or letters
        else:
            found.append(word)
    return found


def tidy(name: str) -> str:
    """Composed characters (NFC), single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", name).split())


def name_key(name: str) -> str:
    """What two names share that differ in case and blanks at most, in any script."""
    visible = mended(tidy(name)).translate(dict.fromkeys(map(ord, JOINERS)))
    return unicodedata.normalize("NFC", visible.casefold())


def is_name(name: str) -> bool:
    """Whether a tidy text is 1 to 40 letters, digits, spaces, dots, dashes, plus signs or underscores of any language."""
    if name.isascii():
        return _fits(name) and ASCII_NAME.fullmatch(name) is not None
    return _fits(name) and bool(_pattern(NAME).fullmatch(name)) and not _pattern(INVISIBLE).search(name)


def is_label(name: str) -> bool:
    """Whether a tidy text is 1 to 40 characters that can all be seen; emoji are welcome."""
    return _fits(name) and all(one == " " or unicodedata.category(one[0])[0] not in "CZ" for one in characters(name))


def _fits(name: str) -> bool:
    return is_whole(name) and len(name) <= MAX_NAME_CODE_POINTS and 1 <= len(characters(name)) <= MAX_NAME_CHARACTERS


@cache
def _pattern(source: str) -> "Pattern[str]":
    import regex  # noqa: PLC0415  # see above

    return regex.compile(source)
