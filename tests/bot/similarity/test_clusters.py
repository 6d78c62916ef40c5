"""Maps: two dimensions and clusters that repeat exactly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.similarity.clusters import cluster, how_many, plane

POINTS = st.lists(st.lists(st.floats(-5, 5, width=32), min_size=3, max_size=3).filter(any), min_size=3, max_size=25)


def groups() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    random = np.random.default_rng(7)
    centres = np.eye(3, 20)
    return np.concatenate(
        [centre + random.normal(0, 0.05, (count, 20)) for centre, count in zip(centres, (5, 9, 7), strict=True)]
    )


def test_groups_are_found_largest_first_each_with_a_member_in_its_middle() -> None:
    found = cluster(groups(), 3)
    assert found.of_row == (2,) * 5 + (0,) * 9 + (1,) * 7
    assert [found.of_row[row] for row in found.central] == [0, 1, 2]
    assert cluster(groups(), 3) == found


@given(POINTS, st.integers(2, 8))
def test_every_row_has_a_cluster_and_no_cluster_is_empty(rows: list[list[float]], count: int) -> None:
    vectors = np.array(rows)
    vectors = vectors[np.abs(vectors).max(axis=1) > 1e-3]
    if len(vectors) < 3:
        return
    found = cluster(vectors, count)
    assert sorted(set(found.of_row)) == list(range(len(found.central)))
    assert len(found.of_row) == len(vectors)


@given(POINTS)
def test_the_plane_shows_at_most_all_and_keeps_flat_things_whole(rows: list[list[float]]) -> None:
    points, shown = plane(np.array(rows))
    assert points.shape == (len(rows), 2)
    assert np.isfinite(points).all()
    assert 0 <= shown <= 1 + 1e-9


def test_points_that_lie_in_a_plane_keep_their_distances() -> None:
    flat = np.array([[0, 0, 1], [3, 0, 1], [0, 4, 1], [3, 4, 1]])
    points, shown = plane(flat)
    assert shown == pytest.approx(1)
    assert np.linalg.norm(points[0] - points[3]) == pytest.approx(5)


def test_texts_that_are_all_the_same_make_one_cluster_in_one_place() -> None:
    same = np.ones((4, 3))
    assert cluster(same, 3).of_row == (0, 0, 0, 0)
    assert plane(same)[1] == 0.0
    assert [how_many(rows) for rows in (3, 8, 50, 1000)] == [2, 2, 5, 8]
