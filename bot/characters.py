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
LINE_ENDS = r"\r\n?|[\v\f\x85\u2028\u2029]"
# Code points that are no characters of their own: controls, what turns the direction of a text, tags, fillers, joiners. Some belong to
# what people see: in flags, emoji and families, between letters of Persian, Mongolian and Indic scripts, after a Chinese character.
HIDDEN = r"""(?xV1)
  (?P<seen>
    \U0001f3f4 \U000e0067\U000e0062 (?:\U000e0065\U000e006e\U000e0067 | \U000e0073\U000e0063\U000e0074 | \U000e0077\U000e006c\U000e0073)
      \U000e007f
  | (?<=[\p{Emoji}--[0-9\#*]]) [\ufe0e\ufe0f] | \ufe0f (?=\u20e3)
  | (?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}] \ufe0f?) \u200d (?=\p{Extended_Pictographic})
  | (?<=\p{CCC=9} | [\p{Script=Arabic}\p{Script=Syriac}]\p{M}*) [\u200c\u200d] (?=[\p{L}\p{M}])
  | (?<=\p{Han}) [\ufe00-\ufe0f\U000e0100-\U000e01ef]
  | (?<=\p{Script=Mongolian}) [\u180b-\u180d\u180f]
  | [\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]
  )
| [[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]--[\n\t]]"""
MOST_MARKS = 8  # on one letter; more of them cover the lines above and below
# Letters, signs and emoji among which nothing is hidden: most texts have no others, and need not be looked at character by character.
OTHER_THAN_PLAIN = re.compile(
    r"[^\n\t -~\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e\u20a0-\u20bf\u2190-\u2bff\u3000-\u3029\u3030-\u3098\u309b-\u3163\u3165-\u9fff"
    r"\uff01-\uff9f\U0001f300-\U0001f3f3\U0001f3f5-\U0001faff]"
)
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


def visible(text: str) -> str:
    """The text without what cannot be seen or sent: no control character, no turned direction, no half of a character."""
    if not OTHER_THAN_PLAIN.search(text):
        return text
    lines = re.sub(LINE_ENDS, "\n", text)
    seen = _pattern(HIDDEN).sub(lambda found: found["seen"] or "", mended(lines))
    return _pattern(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+").sub(r"\1", seen)


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
    return (
        _fits(name)
        and visible(name) == name
        and all(one == " " or unicodedata.category(one[0])[0] not in "CZ" for one in characters(name))
    )


def _fits(name: str) -> bool:
    return is_whole(name) and len(name) <= MAX_NAME_CODE_POINTS and 1 <= len(characters(name)) <= MAX_NAME_CHARACTERS


@cache
def _pattern(source: str) -> "Pattern[str]":
    import regex  # noqa: PLC0415  # see above

    return regex.compile(source)
