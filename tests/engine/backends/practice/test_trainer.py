"""The practice trainer: a break changes nothing, epochs end where they should, held-out text is predicted better and better."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from engine.backends.minilm import MiniLM
from engine.backends.practice.trainer import PracticeTrainer
from engine.backends.practice.views import Turn
from engine.training.task import Hyperparameters

TURNS = [Turn.of(f"A cat {n} on a mat", f"The cat likes the mat {n} times! Haha") for n in range(12)]
HELD_OUT = [Turn.of("A cat 99 on a mat", "The cat likes the mat 7 times! Haha")]


def training(encoder: MiniLM, turns: Sequence[Turn] = TURNS, n_epochs: int = 2) -> PracticeTrainer:
    hyperparameters = Hyperparameters(n_epochs=n_epochs, batch_size=16, learning_rate_multiplier=1)
    return PracticeTrainer(turns, HELD_OUT, hyperparameters, 5, encoder)


def take(trainer: PracticeTrainer, steps: int) -> None:
    for _ in range(steps):
        trainer.step()


def test_a_break_changes_nothing(encoder: MiniLM, tmp_path: Path) -> None:
    whole, first, second = training(encoder), training(encoder), training(encoder)
    take(whole, 12)
    take(first, 5)
    first.save(tmp_path / "progress", {"step": 5})
    assert second.restore(tmp_path / "progress") == {"step": 5}
    take(second, 7)
    assert second.taken == whole.taken
    for name, weight in whole.model.weights.items():
        np.testing.assert_array_equal(second.model.weights[name], weight)


def test_progress_of_another_training_is_refused(encoder: MiniLM, tmp_path: Path) -> None:
    training(encoder).save(tmp_path / "progress", {})
    with pytest.raises(ValueError, match="other hyperparameters"):
        training(encoder, n_epochs=3).restore(tmp_path / "progress")
    others = [Turn.of("A dog on a sofa", f"Wholly other words {n}!") for n in range(12)]
    with pytest.raises(ValueError, match="another model"):
        training(encoder, others).restore(tmp_path / "progress")


def test_epochs_end_at_equal_distances_and_at_the_end(encoder: MiniLM) -> None:
    trainer, ends = training(encoder), []
    while trainer.taken < trainer.total:
        trainer.taken += 1
        ends += [trainer.taken] if trainer.at_epoch_end else []
    assert ends == [30, 60]


def test_held_out_answers_are_predicted_better_after_training(encoder: MiniLM) -> None:
    trainer = training(encoder)
    before = trainer.evaluate(full=True)
    take(trainer, 30)
    after = trainer.evaluate(full=True)
    assert after["loss"] < before["loss"] / 2
    assert trainer.evaluate(full=False) == after
