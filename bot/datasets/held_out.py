"""Scenarios that must stay unseen: a model's answers to them say something only if it was not trained on them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, count
from operator import not_
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "data" / "scenarios.txt"
MAX_CODE_POINTS = 400  # a longer text has too many other words to be a scenario's near-duplicate
MIN_ALIKE = 0.6  # Jaccard's measure
MIN_SHARED_WORDS = 2
WORD = re.compile(r"\w+")
MARKS = ".,;:!?…\"'“”()"
COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "over",
        "the",
        "to",
        "under",
        "with",
        "without",
    ]
)


def load_scenarios(path: Path = SHIPPED) -> tuple[str, ...]:
    """One scenario a line; none if there is no such file."""
    return tuple(path.read_text("utf-8").splitlines()) if path.exists() else ()


class HeldOut:
    """Finds texts that are one of the scenarios but for case, punctuation, common words, order, or one content word in four."""

    def __init__(self, scenarios: Iterable[str]) -> None:
        self._scenarios = [
            (scenario, words) for scenario in scenarios if len(words := _words(scenario)) >= MIN_SHARED_WORDS
        ]
        self._having: dict[str, list[int]] = {}
        for number, (_, words) in enumerate(self._scenarios):
            for word in words:
                self._having.setdefault(word, []).append(number)
        self._nothing_of = frozenset(self._having).isdisjoint

    def among(self, texts: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Which of the texts, counted from 0, nearly are a scenario, and which. Most are let go after a glance at their words."""
        strangers = map(self._nothing_of, map(str.split, map(str.lower, texts)))
        for index in compress(count(), map(not_, strangers)):
            scenario = self._near(texts[index])
            if scenario is not None:
                yield index, scenario

    def _near(self, text: str) -> str | None:
        if len(text) > MAX_CODE_POINTS:
            return None
        met: set[int] = set()
        for word in self._having.keys() & {word.strip(MARKS) for word in text.lower().split()}:
            for number in self._having[word]:
                scenario, its = self._scenarios[number]
                if number in met and _alike(_words(text), its):
                    return scenario
                met.add(number)
        return None


def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.lower())) - COMMON


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Jaccard's measure: what both share, of all that either has."""
    shared = len(one & other)
    return shared >= MIN_ALIKE * (len(one) + len(other) - shared)
