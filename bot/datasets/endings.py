"""How answers end: where nearly all share an ending, that is the format being taught, and the rest would blur it."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DOMINANT_SHARE = 0.8


@dataclass(frozen=True)
class Ending:
    """The ending that most answers share, the share of answers (0 to 1) that have it, and how many have another."""

    text: str
    share: float
    others: int


class Endings:
    """Learns in one pass, with eight bytes an answer.

    An ending is the last word with its punctuation and the space before it (` Haha`), or, where no word is common, a last
    punctuation mark. Answers of one word have none: such a dataset teaches labels, not a format.
    """

    def __init__(self) -> None:
        self._words = _Majority()
        self._marks = _Majority()

    def add(self, answer: str) -> None:
        """The next answer."""
        space = answer.rfind(" ")
        self._words.add(answer[space:] if space > 0 else "")
        self._marks.add(_mark(answer))

    def add_all(self, answers: Sequence[str]) -> None:
        """The next answers; it takes little time where all of them end as most do."""
        word = self._words.candidate
        if word and self._marks.candidate == _mark(word) and all(answer.endswith(word) for answer in answers):
            self._words.add_same(len(answers))
            self._marks.add_same(len(answers))
        else:
            for answer in answers:
                self.add(answer)

    def dominant(self) -> Ending | None:
        """What at least 80 % of the answers end in, if there is such an ending."""
        found = self._chosen()
        if found is None:
            return None
        count = found.count()
        return Ending(found.candidate, count / len(found), len(found) - count)

    def others(self) -> Iterator[int]:
        """Numbers, from 0, of the answers that end differently."""
        found = self._chosen()
        return iter(()) if found is None else found.others()

    def _chosen(self) -> "_Majority | None":
        for kind in (self._words, self._marks):
            if kind.candidate.strip() and kind.count() >= DOMINANT_SHARE * len(kind):
                return kind
        return None


def _mark(text: str) -> str:
    return "" if text[-1:].isalnum() else text[-1:]


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
        self._hashes.extend([hash(self.candidate)] * times)

    def count(self) -> int:
        return self._hashes.count(hash(self.candidate))

    def others(self) -> Iterator[int]:
        wanted = hash(self.candidate)
        return (number for number, found in enumerate(self._hashes) if found != wanted)
