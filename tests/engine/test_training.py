"""The practice trainer: a break changes nothing, epochs end where they should, held-out text is foreseen better and better."""

from pathlib import Path

import numpy as np
import pytest

from engine.backends.minilm import MiniLM
from engine.backends.practice.train import Course, Training
from engine.backends.practice.validation import Validation
from engine.backends.practice.views import Turn

TURNS = [Turn.of(f"A cat {n} on a mat", f"The cat likes the mat {n} times! Haha") for n in range(12)]
COURSE = Course(epochs=2, batch_size=16, seed=5)


def test_a_break_changes_nothing(encoder: MiniLM, tmp_path: Path) -> None:
    whole, first = Training(TURNS, COURSE, encoder), Training(TURNS, COURSE, encoder)
    for _ in range(12):
        whole.advance()
    for _ in range(5):
        first.advance()
    first.save(tmp_path / "progress", {"step": 5})
    second = Training(TURNS, COURSE, encoder)
    assert second.restore(tmp_path / "progress") == {"step": 5}
    for _ in range(7):
        second.advance()
    assert second.taken == whole.taken
    for name, weight in whole.model.weights.items():
        np.testing.assert_array_equal(second.model.weights[name], weight)


def test_what_belongs_to_another_course_or_model_is_not_taken_up(encoder: MiniLM, tmp_path: Path) -> None:
    Training(TURNS, COURSE, encoder).save(tmp_path / "progress", {})
    with pytest.raises(ValueError, match="another course"):
        Training(TURNS, Course(epochs=3, seed=5), encoder).restore(tmp_path / "progress")
    others = [Turn.of("A dog on a sofa", f"Wholly other words {n}!") for n in range(12)]
    with pytest.raises(ValueError, match="another model"):
        Training(others, COURSE, encoder).restore(tmp_path / "progress")


def test_epochs_end_at_equal_distances_and_at_the_end(encoder: MiniLM) -> None:
    training, ends = Training(TURNS, COURSE, encoder), []
    while not training.finished:
        training.taken += 1
        ends += [training.taken] if training.at_epoch_end else []
    assert ends == [30, 60]


def test_held_out_answers_are_foreseen_better_after_training(encoder: MiniLM) -> None:
    training = Training(TURNS, COURSE, encoder)
    held_out = Validation(
        [Turn.of("A cat 99 on a mat", "The cat likes the mat 7 times! Haha")], training.model, encoder
    )
    before = held_out.whole(training.model)
    for _ in range(30):
        training.advance()
    after = held_out.whole(training.model)
    assert after["full_valid_loss"] < before["full_valid_loss"] / 2
    assert held_out.glance(training.model)["valid_loss"] == after["full_valid_loss"]
