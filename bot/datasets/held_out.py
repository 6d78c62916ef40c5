"""Scenarios that must stay unseen: a model's answers to them say something only if it was not trained on them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, compress, count
from operator import not_
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "data" / "scenarios.txt"
MAX_CODE_POINTS = 400  # a longer text has too many other words to be a scenario's near-duplicate
MIN_ALIKE = 0.6  # Jaccard's measure: what both share, of all the words that either has
MIN_SHARED = 2  # words
WORD = re.compile(r"\w+")
COMMON = frozenset(WORD.findall("a an and at by for from in into is it its of on or over the to under with without"))


def load_scenarios(path: Path = SHIPPED) -> tuple[str, ...]:
    """One scenario a line; none if there is no such file."""
    return tuple(path.read_text("utf-8").splitlines()) if path.exists() else ()


class HeldOut:
    """Finds texts that are one of the scenarios but for case, punctuation, common words, order, or one content word in four."""

    def __init__(self, scenarios: Iterable[str]) -> None:
        words = {scenario: _words(scenario) for scenario in scenarios}
        self._scenarios = {scenario: its for scenario, its in words.items() if len(its) >= MIN_SHARED}
        self._words = frozenset(chain.from_iterable(self._scenarios.values()))

    def among(self, texts: Sequence[str]) -> Iterator[tuple[int, str]]:
        """Which of the texts, counted from 0, nearly are a scenario, and which. Most are let go after a glance at their words."""
        strangers = map(self._words.isdisjoint, map(str.split, map(str.lower, texts)))
        for index in compress(count(), map(not_, strangers)):
            scenario = self._near(texts[index])
            if scenario is not None:
                yield index, scenario

    def _near(self, text: str) -> str | None:
        words = _words(text) if len(text) <= MAX_CODE_POINTS else frozenset[str]()
        if len(words & self._words) < MIN_SHARED:
            return None
        near = (
            scenario for scenario, its in self._scenarios.items() if len(words & its) >= MIN_ALIKE * len(words | its)
        )
        return next(near, None)


def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.lower())) - COMMON
