"""How answers end: where nearly all share an ending, that is the format being taught, and the rest would blur it."""

import re
import string
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.characters import characters, is_unspaced

DOMINANT_SHARE = 0.8
LONGEST = 100  # code points; a longer word is no ending
LAST_WORD = re.compile(r"\s\S+\Z")
Ends = tuple[str, str, str]


@dataclass(frozen=True)
class Ending:
    """The ending that most answers share, and how many have another."""

    text: str
    others: int


class Endings:
    """Learns in one pass, with 24 bytes an answer.

    An ending is the last word with its punctuation and the space before it (` Haha`); where no word is common, the punctuation
    marks or emoji at the end (`!!!`), or else the very last of them. Without spaces between words (哈哈) a word is its last
    character, as often as that is repeated. Answers of one word have no ending: such a dataset teaches labels, not a format.
    """

    def __init__(self) -> None:
        self._levels = (_Majority(), _Majority(), _Majority())

    def add(self, answer: str) -> None:
        """The next answer."""
        for level, text in zip(self._levels, _ends(answer), strict=True):
            level.add(text)

    def add_all(self, answers: Sequence[str]) -> None:
        """The next answers; it takes little time where all of them end as most do."""
        word = self._levels[0].candidate
        usual = tuple(level.candidate for level in self._levels)
        if word[:1].isspace() and all(answer.endswith(word) for answer in answers) and _ends(f"a{word}") == usual:
            for level in self._levels:
                level.add_same(len(answers))
        else:
            for answer in answers:
                self.add(answer)

    def dominant(self) -> Ending | None:
        """What at least 80 % of the answers end in, if there is such an ending."""
        found = self._chosen()
        return None if found is None else Ending(found.candidate, len(found) - found.count())

    def others(self) -> Iterator[int]:
        """Numbers, from 0, of the answers that end differently."""
        found = self._chosen()
        return iter(()) if found is None else found.others()

    def _chosen(self) -> "_Majority | None":
        common = (level for level in self._levels if level.candidate.strip())
        return next((level for level in common if level.count() >= DOMINANT_SHARE * len(level)), None)


def _ends(answer: str) -> Ends:
    """The last word, the marks at the end, and the last of those; empty where there is none or nothing else."""
    tail = answer[-LONGEST:]
    if tail.isascii():
        shown, kept = list(tail), len(tail.rstrip(string.punctuation))
    else:
        shown = characters(tail)
        kept = len(shown)
        while kept and _is_mark(shown[kept - 1]):
            kept -= 1
    if not kept:
        return "", "", ""  # the whole answer is one label
    return _last_word(tail, shown, kept), "".join(shown[kept:]), "".join(shown[kept:][-1:])


def _last_word(tail: str, shown: Sequence[str], kept: int) -> str:
    if is_unspaced(shown[kept - 1]):
        start = kept - 1
        while start and shown[start - 1] == shown[kept - 1]:
            start -= 1
        return "".join(shown[start:]) if start else ""
    found = LAST_WORD.search(tail)
    return found[0] if found and found.start() else ""


def _is_mark(character: str) -> bool:
    """Whether it is neither a letter nor a digit (with accents or without) nor a blank."""
    return not (character[0].isalnum() and "\u20e3" not in character) and not character.isspace()


class _Majority:
    """Finds what more than half of the texts are (Boyer and Moore's vote), and remembers a hash of each."""

    def __init__(self) -> None:
        self.candidate = ""
        self._votes = 0
        self._hashes = array("q")

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, text: str) -> None:
        self._hashes.append(hash(text))
        if text == self.candidate:
            self._votes += 1
        elif self._votes:
            self._votes -= 1
        else:
            self.candidate, self._votes = text, 1

    def add_same(self, times: int) -> None:
        """The candidate, so many times."""
        self._votes += times
        self._hashes.extend(array("q", [hash(self.candidate)]) * times)

    def count(self) -> int:
        return self._hashes.count(hash(self.candidate))

    def others(self) -> Iterator[int]:
        wanted = hash(self.candidate)
        return (number for number, found in enumerate(self._hashes) if found != wanted)
