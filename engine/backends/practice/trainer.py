"""Tuning of the practice model in numpy with AdamW (Loshchilov and Hutter, 2019), step by step, with every step's true loss."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from engine.backends.minilm import MiniLM
from engine.backends.practice.model import PracticeModel, Vocabulary
from engine.backends.practice.network import IGNORED, Batch, evaluate, measure
from engine.backends.practice.views import Turn, Views
from engine.backends.tensors import Integers, Weights, load_tensors, save_tensors
from engine.training.task import Hyperparameters, Metrics, TrainingTask
from engine.training.trainer import Warn
from engine.training.training_file import read_examples

_PEAK_RATE = 3e-3
# An epoch shows each turn several times: about 2,000 views in all, up to 40 of each.
_VIEWS_PER_EPOCH = 2000
_MAX_VIEWS_PER_TURN = 40
_QUICK_TURNS = _EVALUATED_AT_ONCE = 64
_FIRST_DECAY, _SECOND_DECAY, _EPSILON, _WEIGHT_DECAY = 0.9, 0.98, 1e-8, 0.01

Turns: TypeAlias = Sequence[Turn]
Start: TypeAlias = PracticeModel | None


class PracticeTrainer:
    """engine.training.trainer.Trainer for practice models. An epoch shows each turn several times, each time a little differently."""

    def __init__(
        self, turns: Turns, held_out: Turns, chosen: Hyperparameters, seed: int, encoder: MiniLM, start: Start = None
    ) -> None:
        """Begin at `start`, whose known words keep their weights, or at nothing."""
        texts = [text for turn in turns for _, text in turn.marked]
        vocabulary = (start.vocabulary if start else Vocabulary()).extended(texts)
        self.model = start.extended(vocabulary, seed) if start else PracticeModel.fresh(vocabulary, seed)
        self._hyperparameters = chosen
        self._views = Views(turns, vocabulary, encoder, self.model.sizes.context)
        self._held_out = Views(held_out, vocabulary, encoder, self.model.sizes.context)
        views = min(_MAX_VIEWS_PER_TURN, max(1, _VIEWS_PER_EPOCH // len(turns)))
        shown = chosen.n_epochs * len(turns) * views
        self.taken, self.total = 0, max(1, shown // chosen.batch_size)
        self._generator = np.random.default_rng(seed)
        self._optimizer = AdamW(self.model.weights)
        self._deck = np.array([], np.int64)

    @property
    def at_epoch_end(self) -> bool:
        epochs = self._hyperparameters.n_epochs
        return self.taken * epochs // self.total > (self.taken - 1) * epochs // self.total

    def step(self) -> Metrics:
        """Take one step. The mean cross entropy of its words in nats, and the share of them that scored highest."""
        batch = self._views.draw(self._deal(), self._generator)
        measured, gradients = measure(self.model.weights, self.model.sizes, batch)
        peak = _PEAK_RATE * self._hyperparameters.learning_rate_multiplier
        self._optimizer.step(gradients, learning_rate(self.taken, self.total, peak))
        self.taken += 1
        return {"loss": measured.loss, "mean_token_accuracy": measured.accuracy}

    def evaluate(self, *, full: bool) -> Metrics:
        """The same over held-out turns, all or the first 64. Words that the model does not know count as its one unknown word."""
        turns = len(self._held_out) if full else min(_QUICK_TURNS, len(self._held_out))
        starts, size = range(0, turns, _EVALUATED_AT_ONCE), _EVALUATED_AT_ONCE
        parts = [self._part(np.arange(turns)[start : start + size]) for start in starts]
        words = sum(count for _, _, count in parts)
        if not words:
            return {}
        loss, accuracy = (sum(part[place] * part[2] for part in parts) / words for place in (0, 1))
        return {"loss": loss, "mean_token_accuracy": accuracy}

    def _part(self, chosen: Integers) -> tuple[float, float, int]:
        batch: Batch = self._held_out.plain(chosen)
        measured = evaluate(self.model.weights, self.model.sizes, batch)
        return measured.loss, measured.accuracy, int((batch.expected != IGNORED).sum())

    def _deal(self) -> Integers:
        size = self._hyperparameters.batch_size
        while len(self._deck) < size:
            self._deck = np.concatenate([self._deck, self._generator.permutation(len(self._views))])
        chosen, self._deck = self._deck[:size], self._deck[size:]
        return chosen

    def save(self, path: Path, checkpoint: Metrics) -> None:
        position = {"taken": self.taken, "total": self.total, "deck": self._deck.tolist()}
        chance = {"generator": self._generator.bit_generator.state}
        save_tensors(path, self._optimizer.tensors(), {**position, **chance, "notes": checkpoint})

    def restore(self, path: Path) -> Metrics:
        """Carry on from what `save` wrote. Raises OSError, SafetensorError, KeyError or ValueError."""
        tensors, saved = load_tensors(path)
        known: Any = saved
        if known["total"] != self.total:
            raise ValueError("it belongs to a training with other hyperparameters")
        taken, deck, chance, notes = known["taken"], known["deck"], known["generator"], known["notes"]
        self._optimizer.restore(tensors, taken)
        self.taken, self._deck = taken, np.array(deck, np.int64)
        self._generator.bit_generator.state = chance
        return dict(notes)

    def write_model(self, path: Path) -> None:
        self.model.save(path)


def load(task: TrainingTask, _: Warn) -> PracticeTrainer:
    turns = _turns(task.training_file, "training_file")
    held_out = _turns(task.validation_file, "validation_file") if task.validation_file else []
    start = PracticeModel.load(task.start) if task.start else None
    return PracticeTrainer(turns, held_out, task.hyperparameters, task.seed, MiniLM(), start)


def _turns(path: Path, param: str) -> list[Turn]:
    return [Turn.of(*turn) for example in read_examples(path, param) for turn in example.turns()]


class AdamW:
    """Changes weights in place. Weight decay spares gains, which belong near one."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._first = {name: np.zeros_like(value) for name, value in weights.items()}
        self._second = {name: np.zeros_like(value) for name, value in weights.items()}
        self._steps = 0

    def tensors(self) -> Weights:
        kept = {"weight": self._weights, "first": self._first, "second": self._second}
        return {f"{kind}.{name}": value for kind, values in kept.items() for name, value in values.items()}

    def restore(self, tensors: Weights, steps: int) -> None:
        """Be as it was after that many steps. Raises ValueError where the tensors are another model's."""
        mine = self.tensors()
        known, given = ({name: value.shape for name, value in some.items()} for some in (mine, tensors))
        if known != given:
            raise ValueError("it belongs to another model")
        for name, value in mine.items():
            np.copyto(value, tensors[name])
        self._steps = steps

    def step(self, gradients: Weights, rate: float) -> None:
        self._steps += 1
        first_bias = 1 - _FIRST_DECAY**self._steps
        second_bias = math.sqrt(1 - _SECOND_DECAY**self._steps)
        for name, weight in self._weights.items():
            gradient, first, second = gradients[name], self._first[name], self._second[name]
            first += (1 - _FIRST_DECAY) * (gradient - first)
            second += (1 - _SECOND_DECAY) * (gradient * gradient - second)
            if not name.endswith("gain"):
                np.multiply(weight, 1 - rate * _WEIGHT_DECAY, out=weight)
            np.subtract(weight, rate * second_bias / first_bias * first / (np.sqrt(second) + _EPSILON), out=weight)


def learning_rate(step: int, steps: int, peak: float) -> float:
    """A linear rise over the first 20 steps, then half a cosine down to a twentieth of the peak."""
    rise = min(1.0, (step + 1) / min(20, steps))
    fall = 0.05 + 0.475 * (1 + math.cos(math.pi * step / steps))
    return peak * rise * fall
