"""Vectors in two dimensions, and in groups; both repeat exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bot.lazy_numpy import np
from bot.similarity.vectors import Numbers, units

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
SEED = 20240517
MAX_ROUNDS = 60
MIN_CLUSTERS, MAX_CLUSTERS = 2, 8


@dataclass(frozen=True)
class Clusters:
    """Which cluster each row is in (from 0, the largest first), and the row nearest to each cluster's centre."""

    of_row: tuple[int, ...]
    central: tuple[int, ...]


def plane(vectors: Numbers) -> tuple[Floats, float]:
    """The rows' first two principal components, and the share of all variance that they show (0 where all rows are one)."""
    rows = np.asarray(vectors, dtype=np.float64)
    left, sizes, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    points = np.zeros((len(rows), 2))
    known = min(2, len(sizes))
    points[:, :known] = left[:, :known] * sizes[:known]
    farthest = np.argmax(np.abs(points), axis=0)
    points *= np.where(points[farthest, [0, 1]] < 0, -1.0, 1.0)  # a component's sign is arbitrary
    total = float(np.sum(sizes**2))
    return points, float(np.sum(sizes[:2] ** 2)) / total if total > 1e-12 else 0.0


def how_many(rows: int) -> int:
    """A number of clusters that so many rows can fill."""
    return max(MIN_CLUSTERS, min(MAX_CLUSTERS, round(math.sqrt(rows / 2))))


def cluster(vectors: Numbers, count: int, seed: int = SEED) -> Clusters:
    """Spherical k-means with k-means++ starts. There may be fewer clusters than asked for, where rows are the same."""
    rows = units(vectors).astype(np.float64)
    centres = _starts(rows, count, np.random.default_rng(seed))
    of_row = np.full(len(rows), -1)
    for _ in range(MAX_ROUNDS):
        nearest = np.argmax(rows @ centres.T, axis=1)
        if np.array_equal(nearest, of_row):
            break
        of_row = nearest
        centres = _centres(rows, of_row, centres)
    return _ordered(rows, centres, of_row)


def _starts(rows: Floats, count: int, random: np.random.Generator) -> Floats:
    """Each next start is a row, the likelier the farther it is from those before."""
    chosen = [int(random.integers(len(rows)))]
    while len(chosen) < count:
        distance = np.clip(1 - np.max(rows @ rows[chosen].T, axis=1), 0, None)
        distance[distance < 1e-9] = 0
        if not distance.any():
            break
        chosen.append(int(random.choice(len(rows), p=distance / distance.sum())))
    return rows[chosen]


def _centres(rows: Floats, of_row: NDArray[np.intp], before: Floats) -> Floats:
    means = np.stack([rows[of_row == n].mean(axis=0) if (of_row == n).any() else old for n, old in enumerate(before)])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, means / np.maximum(lengths, 1e-9), before)


def _ordered(rows: Floats, centres: Floats, of_row: NDArray[np.intp]) -> Clusters:
    sizes = np.bincount(of_row, minlength=len(centres))
    order = [int(n) for n in np.argsort(-sizes, kind="stable") if sizes[n]]
    names = {old: new for new, old in enumerate(order)}
    central = tuple(int(np.argmax(np.where(of_row == n, rows @ centres[n], -np.inf))) for n in order)
    return Clusters(tuple(names[int(n)] for n in of_row), central)
