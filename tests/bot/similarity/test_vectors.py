"""Exact search: the same answers as the naive way, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.similarity.vectors import Hit, Matrix, cosine, fault, top, units

ITEM = st.integers(-3, 3).map(float)  # few values, so that there are ties
ROWS = st.lists(st.lists(ITEM, min_size=3, max_size=3).filter(any), min_size=1, max_size=30)
QUERY = st.lists(ITEM, min_size=3, max_size=3).filter(any)


def filled(rows: list[list[float]], page: int = 4) -> Matrix:
    matrix = Matrix(len(rows[0]))
    for start in range(0, len(rows), page):
        matrix.extend(np.array(rows[start : start + page]))
    return matrix


@given(ROWS, QUERY, st.integers(1, 35))
def test_the_nearest_are_those_of_a_full_sort_and_ties_go_to_the_earlier(
    rows: list[list[float]], query: list[float], count: int
) -> None:
    matrix = filled(rows)
    scores = units(np.array(rows)) @ units(np.array(query))
    naive = sorted(range(len(rows)), key=lambda row: -scores[row])[:count]
    found = matrix.nearest(np.array(query), count)
    assert [hit.row for hit in found] == naive
    for hit in found:
        assert hit.cosine == pytest.approx(cosine(np.array(rows[hit.row]), np.array(query)), abs=1e-6)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=40), st.integers(0, 45))
def test_top_is_the_head_of_a_stable_sort(scores: list[float], count: int) -> None:
    expected = sorted(range(len(scores)), key=lambda place: -scores[place])[:count]
    assert top(np.array(scores, dtype=np.float32), count) == expected


def test_rows_that_come_in_pages_are_all_there_in_order() -> None:
    rows = np.eye(64, dtype=np.float32)
    matrix = Matrix(64)
    matrix.reserve(64)
    for _ in range(100):
        matrix.extend(rows)
    assert len(matrix) == 6400
    assert matrix.nearest(rows[3], 2) == [Hit(3, 1.0), Hit(67, 1.0)]


def test_rows_can_be_taken_out_again() -> None:
    rows = np.random.default_rng(1).standard_normal((300, 5)).astype(np.float32)
    matrix = filled(rows.tolist(), page=70)
    np.testing.assert_allclose(matrix.take([299, 0, 69, 70, 150]), units(rows[[299, 0, 69, 70, 150]]), rtol=1e-6)


@pytest.mark.parametrize(
    ("numbers", "wrong"),
    [([0, 0], "zero"), ([np.nan, 1], "not finite"), ([1, np.inf], "not finite"), ([], "empty"), ([1, 0], None)],
)
def test_what_cannot_be_compared_is_named(numbers: list[float], wrong: str | None) -> None:
    assert fault(np.array(numbers)) == wrong
    if wrong:
        with pytest.raises(ValueError, match=f"a vector is {wrong}"):
            cosine(np.array(numbers), np.array([1.0, 1.0]))
        with pytest.raises(ValueError, match=wrong):
            units(np.array([numbers]))


def test_integers_are_taken_as_floats_and_a_wrong_size_is_refused() -> None:
    matrix = Matrix(2)
    matrix.extend(np.array([[3, 4]]))
    assert matrix.nearest(np.array([4, 3]), 1)[0].cosine == pytest.approx(0.96)
    with pytest.raises(ValueError, match="3 dimensions instead of 2"):
        matrix.extend(np.array([[1, 2, 3]]))
