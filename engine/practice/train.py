"""Learning: from turns to a trained model, with every step's true loss."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.minilm import MiniLM
from engine.practice.model import PracticeModel
from engine.practice.network import measure
from engine.practice.optimizer import AdamW, learning_rate
from engine.practice.views import Turn, Views
from engine.practice.words import Vocabulary

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


def learn(
    turns: Sequence[Turn],
    course: Course,
    encoder: MiniLM,
    *,
    start: PracticeModel | None = None,
    report: Callable[[Step, PracticeModel], None] | None = None,
) -> PracticeModel:
    """Train on `turns`, from `start` or from nothing. `report` sees every step and the model as it then is."""
    texts = [text for turn in turns for _, text in turn.marked]
    vocabulary = (start.vocabulary if start else Vocabulary()).extended(texts)
    model = start.extended(vocabulary, course.seed) if start else PracticeModel.fresh(vocabulary, course.seed)
    views = Views(turns, vocabulary, encoder, model.sizes.context)
    generator = np.random.default_rng(course.seed)
    optimizer = AdamW(model.weights)
    total = course.steps(len(turns))
    deck = np.array([], np.int64)
    for step in range(total):
        while len(deck) < course.batch_size:
            deck = np.concatenate([deck, generator.permutation(len(turns))])
        chosen, deck = deck[: course.batch_size], deck[course.batch_size :]
        surprise, gradients = measure(model.weights, model.sizes, views.draw(chosen, generator))
        optimizer.step(gradients, learning_rate(step, total, _PEAK_RATE * course.rate_multiplier))
        if report:
            report(Step(step + 1, total, surprise.loss, surprise.accuracy), model)
    return model
