"""Learning: from turns to a trained model, with every step's true loss."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.backends.arrays import Integers
from engine.backends.minilm import MiniLM
from engine.backends.practice.model import PracticeModel
from engine.backends.practice.network import measure
from engine.backends.practice.optimizer import AdamW, learning_rate
from engine.backends.practice.views import Turn, Views
from engine.backends.practice.words import Vocabulary
from engine.backends.tensors import load_checkpoint, save_checkpoint

_PEAK_RATE = 3e-3
_VIEWED = 2000
_MOST_VIEWS = 40


@dataclass(frozen=True)
class Course:
    """How long and how fast to learn."""

    epochs: int
    batch_size: int = 16
    rate_multiplier: float = 1.0
    seed: int = 0

    def steps(self, turns: int) -> int:
        """Batches in the whole course over that many turns."""
        return max(1, self.epochs * turns * views_per_epoch(turns) // self.batch_size)


@dataclass(frozen=True)
class Step:
    """What one batch showed: the mean cross-entropy in nats and the share of words foreseen."""

    number: int
    total: int
    loss: float
    accuracy: float


def views_per_epoch(turns: int) -> int:
    """How often an epoch shows each turn: about 2,000 views in all, between 1 and 40 of each."""
    return min(_MOST_VIEWS, max(1, _VIEWED // turns))


class Training:
    """A course under way. The same course on the same file takes the same steps, also with a break between two of them."""

    def __init__(
        self, turns: Sequence[Turn], course: Course, encoder: MiniLM, start: PracticeModel | None = None
    ) -> None:
        """Begin at `start`, whose known words keep their weights, or at nothing."""
        texts = [text for turn in turns for _, text in turn.marked]
        vocabulary = (start.vocabulary if start else Vocabulary()).extended(texts)
        self.model = start.extended(vocabulary, course.seed) if start else PracticeModel.fresh(vocabulary, course.seed)
        self.taken, self.total = 0, course.steps(len(turns))
        self._course = course
        self._views = Views(turns, vocabulary, encoder, self.model.sizes.context)
        self._generator = np.random.default_rng(course.seed)
        self._optimizer = AdamW(self.model.weights)
        self._deck = np.array([], np.int64)

    @property
    def finished(self) -> bool:
        """Whether the course is over."""
        return self.taken == self.total

    @property
    def at_epoch_end(self) -> bool:
        """Whether the last step was the last of an epoch."""
        epochs = self._course.epochs
        return self.taken * epochs // self.total > (self.taken - 1) * epochs // self.total

    def advance(self) -> Step:
        """Take one step."""
        surprise, gradients = measure(
            self.model.weights, self.model.sizes, self._views.draw(self._deal(), self._generator)
        )
        rate = learning_rate(self.taken, self.total, _PEAK_RATE * self._course.rate_multiplier)
        self._optimizer.step(gradients, rate)
        self.taken += 1
        return Step(self.taken, self.total, surprise.loss, surprise.accuracy)

    def _deal(self) -> Integers:
        size = self._course.batch_size
        while len(self._deck) < size:
            self._deck = np.concatenate([self._deck, self._generator.permutation(len(self._views))])
        chosen, self._deck = self._deck[:size], self._deck[size:]
        return chosen

    def save(self, path: Path, notes: dict[str, object]) -> None:
        """Write all that it takes to carry on, and notes of the caller's."""
        position = {"taken": self.taken, "total": self.total, "deck": self._deck.tolist()}
        chance = {"generator": self._generator.bit_generator.state}
        save_checkpoint(path, self._optimizer.tensors(), {**position, **chance, "notes": notes})

    def restore(self, path: Path) -> dict[str, Any]:
        """Carry on where `save` was called, with the same file and course; gives the notes back.

        Raises OSError, SafetensorError, KeyError or ValueError where that is not possible.
        """
        tensors, saved = load_checkpoint(path)
        known: Any = saved
        if known["total"] != self.total:
            raise ValueError("it belongs to another course")
        taken, deck, chance, notes = known["taken"], known["deck"], known["generator"], known["notes"]
        self._optimizer.restore(tensors, taken)
        self.taken, self._deck = taken, np.array(deck, np.int64)
        self._generator.bit_generator.state = chance
        return dict(notes)
