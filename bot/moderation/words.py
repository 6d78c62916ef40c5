"""Lists of words that must not occur in a text.

Nothing in an entry can make a search slow: `*` is looked for piece by piece, in a time that grows with the text's length alone. So a
server's managers may write entries, but only the operator writes regular expressions (`bot/moderation/operators.py`).
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from bot.characters import is_unspaced

if TYPE_CHECKING:
    from regex import Pattern

ANYTHING = "*"  # any letters and digits, or none
WORD, STARRED = r"[\p{L}\p{M}\p{N}_]+", r"[\p{L}\p{M}\p{N}_*]+"
UNSEEN = r"[\p{Cf}\p{Default_Ignorable_Code_Point}]"
# The parts of a word, between its stars.
Parts = tuple[str, ...]


def folded(text: str) -> str:
    """The text without what tells spellings apart that look alike: compatibility forms (NFKC), case, characters that cannot be seen."""
    composed = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", composed if composed.isascii() else _pattern(UNSEEN).sub("", composed))


def is_entry(entry: str) -> bool:
    """Whether it can be looked for: it is more than blanks and stars, and has no star if it is several words."""
    spelt = folded(entry)
    words = _pattern(STARRED).findall(spelt)
    return bool(spelt.replace(ANYTHING, "").strip()) and (len(words) < 2 or ANYTHING not in spelt)


class WordList:
    """Entries: a word, several words in a row, or signs such as emoji. Words are found whole; in a single one `*` stands for letters."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Entries for which `is_entry` does not hold are left out."""
        self._words, self._rows = set[str](), list[str]()
        self._patterns, self._signs = list[Parts](), list[str]()
        for entry in map(folded, filter(is_entry, entries)):
            self._add(entry)

    def _add(self, entry: str) -> None:
        words = _pattern(STARRED).findall(entry)
        if not any(word.strip(ANYTHING) for word in words):
            self._signs.append(entry.replace(ANYTHING, "").strip())
        elif len(words) > 1:
            self._rows.append(f" {' '.join(words)} ")
        elif any(map(is_unspaced, words[0].strip(ANYTHING))):  # found inside others: no spaces are between words there
            self._patterns.append(("", *words[0].split(ANYTHING), ""))
        elif ANYTHING in words[0]:
            self._patterns.append(tuple(words[0].split(ANYTHING)))
        else:
            self._words.add(words[0])

    def blocks(self, text: str) -> bool:
        """Whether one of the entries is in the text."""
        spelt = folded(text)
        in_order = _pattern(WORD).findall(spelt)
        words, row = dict.fromkeys(in_order), f" {' '.join(in_order)} "
        if not self._words.isdisjoint(words) or any(sign in spelt for sign in self._signs):
            return True
        if any(entry in row for entry in self._rows):
            return True
        return any(_is_like(word, parts) for parts in self._patterns if max(parts, key=len) in row for word in words)


def _is_like(word: str, parts: Parts) -> bool:
    first, *rest = parts
    if not rest:
        return word == first
    *middle, end = rest
    if len(word) < len(first) + len(end) or not (word.startswith(first) and word.endswith(end)):
        return False
    place, stop = len(first), len(word) - len(end)
    for part in middle:
        found = word.find(part, place, stop)
        if found < 0:
            return False
        place = found + len(part)
    return True


@cache
def _pattern(source: str) -> "Pattern[str]":
    import regex  # noqa: PLC0415  # 35 ms, which a start need not wait for

    return regex.compile(source)
