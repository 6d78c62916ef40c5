"""What a training reported, whatever it reported: read, thinned, told."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports.losses import LossPoint, describe, read_points, thin, training, validation

NUMBERS = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=3)
METRICS = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("step", "train_loss", "valid_loss", "full_valid_loss"), NUMBERS))
)


def test_points_come_in_step_order_and_a_repeated_step_counts_as_told_last() -> None:
    told: list[dict[str, Any]] = [
        {"step": 2, "train_loss": 1.5},
        {"step": 1, "train_loss": 2.0, "valid_loss": 2.5},
        {"step": 2, "train_loss": 1.25},
    ]
    assert read_points(told) == (LossPoint(1, 2.0, 2.5), LossPoint(2, 1.25, None))


def test_the_loss_on_the_whole_validation_file_is_preferred() -> None:
    (point,) = read_points([{"step": 8, "train_loss": 1, "valid_loss": 3.0, "full_valid_loss": 2.0}])
    assert point == LossPoint(8, 1.0, 2.0)


def test_what_is_no_number_is_left_out() -> None:
    told: list[dict[str, Any]] = [
        {"train_loss": 1.0},
        {"step": -1},
        {"step": "3"},
        {"step": 4, "train_loss": math.nan, "valid_loss": math.inf},
        {"step": 0, "train_loss": -0.5},
    ]
    points = read_points(told)
    assert points == (LossPoint(0, -0.5, None), LossPoint(4, None, None))
    assert (training(points), validation(points)) == ([(0, -0.5)], [])


def test_the_words_give_start_end_and_lowest_of_both() -> None:
    points = [LossPoint(1, 6.0212, None), LossPoint(700, 0.5, 0.25), LossPoint(1400, 0.75, 0.875)]
    assert describe(points) == (
        "Training loss from 6.02 at step 1 to 0.75 at step 1,400, lowest 0.5 at step 700. "
        "Validation loss from 0.25 at step 700 to 0.875 at step 1,400, lowest 0.25 at step 700."
    )


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([], "No losses have been reported yet."),
        ([LossPoint(3, None, None)], "No losses have been reported yet."),
        ([LossPoint(3, -0.0, None)], "Training loss 0 at step 3."),
    ],
)
def test_the_words_for_little(points: list[LossPoint], words: str) -> None:
    assert describe(points) == words


def test_thinning_keeps_both_ends_and_the_spikes() -> None:
    curve = [(step, 1.0) for step in range(100_000)]
    curve[31_234], curve[77_777] = (31_234, 9.0), (77_777, -9.0)
    thinned = thin(curve)
    assert len(thinned) <= 502
    assert {curve[0], curve[31_234], curve[77_777], curve[-1]} <= set(thinned)
    assert thinned == sorted(thinned)
    assert thin(curve[:500]) == curve[:500]


@given(METRICS)
def test_anything_is_read_and_told(metrics: list[dict[str, Any]]) -> None:
    points = read_points(metrics)
    assert [point.step for point in points] == sorted({point.step for point in points})
    assert all(math.isfinite(loss) for _, loss in (*training(points), *validation(points)))
    assert len(describe(points)) < 500
