"""Word error rate: the fewest words to put in, take out and exchange, as a share of the words that were said."""

import re
from collections.abc import Iterable, Sequence

# Models choose freely between these spellings, and both are right.
_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_SPELLINGS = {**{str(number): word for number, word in enumerate(_NUMBERS)}, "mr": "mister", "mrs": "missis"}


def words(text: str) -> list[str]:
    """Lower case, without punctuation, numbers up to twelve and titles written out. Hyphens separate words."""
    plain = re.sub(r"[^\w\s]", " ", text.lower().replace("'", "").replace("’", ""))
    return [_SPELLINGS.get(word, word) for word in plain.split()]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Over all pairs of what was said and what was written."""
    wrong = said = 0
    for spoken, written in pairs:
        wrong += _distance(words(spoken), words(written))
        said += len(words(spoken))
    return wrong / said


def _distance(one: Sequence[str], other: Sequence[str]) -> int:
    row = list(range(len(other) + 1))
    for number, word in enumerate(one, 1):
        left = row[0]
        row[0] = number
        for place, its in enumerate(other, 1):
            left, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, left + (word != its))
    return row[-1]
