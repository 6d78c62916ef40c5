"""Vectors in numpy: what is wrong with one, the cosine of two, and the nearest of many.

`Matrix` is exact: every score is computed. It holds at most an eighth more than its rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from bot.lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Vector: TypeAlias = "NDArray[np.float32]"
Numbers: TypeAlias = "NDArray[Any]"

SPARE_SHARE = 8  # there is room for one more row in so many that are there already
EQUAL = 1 - 1e-6  # the cosine from which on two vectors are one, but for the rounding of 32-bit floats


@dataclass(frozen=True)
class Hit:
    """A row of a matrix and its cosine with what was looked for."""

    row: int
    cosine: float


def fault(vector: Numbers) -> str | None:
    """Why nothing can be compared with this vector: `empty`, `not finite` or `zero`; None if something can."""
    numbers = np.asarray(vector)
    if numbers.size == 0:
        return "empty"
    if not np.isfinite(numbers).all():
        return "not finite"
    return None if numbers.any() else "zero"


def cosine(first: Numbers, second: Numbers) -> float:
    """dot(a, b) / (norm(a) * norm(b)), in -1 to 1. Integers are taken as floats. Raises `ValueError` where `fault` finds one."""
    return min(1.0, max(-1.0, float(np.dot(_directions(first), _directions(second)))))


def units(vectors: Numbers) -> Vector:
    """Rows (or one vector) of length one as float32. Raises `ValueError` where `fault` finds one."""
    return _directions(vectors).astype(np.float32)


def _directions(vectors: Numbers) -> NDArray[np.float64]:
    """Dividing by the largest number first keeps squares of very large and very small ones finite."""
    numbers = np.asarray(vectors, dtype=np.float64)
    for row in np.atleast_2d(numbers):
        if wrong := fault(row):
            raise ValueError(f"a vector is {wrong}")
    numbers = numbers / np.max(np.abs(numbers), axis=-1, keepdims=True)
    found: NDArray[np.float64] = numbers / np.linalg.norm(numbers, axis=-1, keepdims=True)
    return found


def top(scores: NDArray[np.float32], count: int) -> list[int]:
    """The places of the `count` largest, largest first; of equal ones the earlier first."""
    if count <= 0 or not len(scores):
        return []
    if count < len(scores):
        least = np.partition(scores, -count)[-count]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    order = np.argsort(-scores[places], kind="stable")[:count]
    return [int(place) for place in places[order]]


class Matrix:
    """Unit vectors of one size as rows. Rows are only added, so that a search in another thread is safe meanwhile."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._room: Vector = np.empty((0, dimensions), dtype=np.float32)
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    def extend(self, vectors: Numbers) -> None:
        """Add rows; they need not be of length one. Raises `ValueError` for a wrong size or where `fault` finds one."""
        rows = units(np.atleast_2d(vectors))
        if rows.shape[1] != self.dimensions:
            raise ValueError(f"a vector has {rows.shape[1]} dimensions instead of {self.dimensions}")
        if self._rows + len(rows) > len(self._room):
            self.reserve(max(len(rows), self._rows // SPARE_SHARE))
        self._room[self._rows : self._rows + len(rows)] = rows
        self._rows += len(rows)

    def reserve(self, rows: int) -> None:
        """Make room for exactly so many more; it copies what is there."""
        room = np.empty((self._rows + rows, self.dimensions), dtype=np.float32)
        room[: self._rows] = self._room[: self._rows]
        self._room = room

    def take(self, rows: Sequence[int]) -> Vector:
        """A copy of these rows."""
        found: Vector = self._room[list(rows)]
        return found

    def nearest(self, query: Numbers, count: int) -> list[Hit]:
        """The rows of the largest cosines, largest first, of equal ones the earlier first."""
        scores = self._room[: self._rows] @ units(query)
        return [Hit(row, min(1.0, max(-1.0, float(scores[row])))) for row in top(scores, count)]
