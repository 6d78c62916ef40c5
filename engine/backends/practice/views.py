"""Training rows: every pass over an example shows it a little differently, so that the network learns what to ignore."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.backends.minilm import MiniLM
from engine.backends.practice.model import END, PADDING, Vocabulary
from engine.backends.practice.network import IGNORED, Batch
from engine.backends.practice.slots import Slots, find_slots
from engine.backends.tensors import Floats, Integers

NOISE = 1.0
_DROP_SUBJECT = 0.15


def kind_of(slots: Slots) -> int:
    """The network's number for which slots a request offers."""
    subject, topic = slots.available
    return int(subject) + 2 * int(topic)


@dataclass(frozen=True)
class Turn:
    """One request with its answer, marked for all its slots and for its topic alone."""

    request: str
    marked: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, request: str, answer: str) -> "Turn":
        slots = find_slots(request)
        ways = [slots, slots.without_subject()] if slots.subject else [slots]
        return cls(request, tuple((kind_of(way), way.mark(answer)) for way in ways))


class Views:
    """Turns ready for training: encoded once, drawn as noisy batches."""

    def __init__(self, turns: Sequence[Turn], vocabulary: Vocabulary, encoder: MiniLM, context: int) -> None:
        self._sentences: Floats = encoder.encode([turn.request for turn in turns])
        encoded = [[(kind, vocabulary.encode(text)) for kind, text in turn.marked] for turn in turns]
        self._rows = [[(kind, [*row[: context - 1], END]) for kind, row in ways] for ways in encoded]

    def __len__(self) -> int:
        return len(self._rows)

    def draw(self, chosen: Integers, generator: np.random.Generator) -> Batch:
        """A batch of the chosen turns: the sentence vector shaken by noise, the subject sometimes left in words."""
        ways = [self._rows[number] for number in chosen]
        drawn = [way[-1] if generator.random() < _DROP_SUBJECT else way[0] for way in ways]
        return _batch(shaken(self._sentences[chosen], NOISE, generator), drawn)

    def plain(self, chosen: Integers) -> Batch:
        """A batch of the chosen turns without noise, all their slots marked."""
        return _batch(self._sentences[chosen], [self._rows[number][0] for number in chosen])


def shaken(sentences: Floats, noise: float, generator: np.random.Generator) -> Floats:
    """Unit vectors moved by Gaussian noise of expected length `noise` and made unit again."""
    spread = noise / np.sqrt(sentences.shape[1])
    moved = sentences + generator.normal(0, spread, sentences.shape).astype(sentences.dtype)
    unit: Floats = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return unit


def _batch(sentences: Floats, drawn: Sequence[tuple[int, list[int]]]) -> Batch:
    longest = max(len(row) for _, row in drawn)
    read = np.full((len(drawn), longest), PADDING, np.int64)
    expected = np.full((len(drawn), longest), IGNORED, np.int64)
    for place, (_, row) in enumerate(drawn):
        read[place, 1 : len(row)] = row[:-1]
        expected[place, : len(row)] = row
    return Batch(sentences, np.array([kind for kind, _ in drawn], np.int64), read, expected)
