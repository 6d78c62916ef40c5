"""Vectors in numpy: what is wrong with one, the cosine of two, and the nearest of many.

`Matrix` is exact: every score is computed. It grows in blocks, so that adding never copies what is there, and holds at most an
eighth more than its rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Numbers = NDArray[Any]

SMALLEST_BLOCK = 64
SPARE = 8  # a new block has room for one row in so many that are there already


@dataclass(frozen=True)
class Hit:
    """A row of a matrix and its cosine with what was looked for."""

    row: int
    cosine: float


def cosine(first: Numbers, second: Numbers) -> float:
    """dot(a, b) / (norm(a) * norm(b)), in -1 to 1. Integers are taken as floats. Raises `ValueError` where `fault` finds one."""
    a, b = _scaled(first), _scaled(second)
    value = float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))
    return min(1.0, max(-1.0, value))


def _scaled(vector: Numbers) -> NDArray[np.float64]:
    """Its direction; dividing by the largest number first keeps squares of very large and very small ones finite."""
    if wrong := fault(vector):
        raise ValueError(f"a vector is {wrong}")
    numbers = np.asarray(vector, dtype=np.float64)
    scaled: NDArray[np.float64] = numbers / np.max(np.abs(numbers))
    return scaled


def fault(vector: Numbers) -> str | None:
    """Why nothing can be compared with this vector: `empty`, `not finite` or `zero`; None if something can."""
    numbers = np.asarray(vector)
    if numbers.size == 0:
        return "empty"
    if not np.isfinite(numbers).all():
        return "not finite"
    return None if numbers.any() else "zero"


def units(vectors: Numbers) -> Vector:
    """Rows (or one vector) of length one as float32. Raises `ValueError` where `fault` finds one."""
    numbers = np.asarray(vectors, dtype=np.float64)
    for row in np.atleast_2d(numbers):
        if wrong := fault(row):
            raise ValueError(f"a vector is {wrong}")
    numbers = numbers / np.max(np.abs(numbers), axis=-1, keepdims=True)
    found: Vector = (numbers / np.linalg.norm(numbers, axis=-1, keepdims=True)).astype(np.float32)
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
        self._blocks: list[Vector] = []  # all full but the last
        self._room = 0
        self._rows = 0

    def __len__(self) -> int:
        return self._rows

    @property
    def nbytes(self) -> int:
        """The memory it takes."""
        return sum(block.nbytes for block in self._blocks)

    def extend(self, vectors: Numbers) -> None:
        """Add rows; they need not be of length one. Raises `ValueError` for a wrong size or where `fault` finds one."""
        rows = np.atleast_2d(vectors)
        if rows.shape[1] != self.dimensions:
            raise ValueError(f"a vector has {rows.shape[1]} dimensions instead of {self.dimensions}")
        rest = units(rows)
        while len(rest):
            if not self._room:
                self._grow(max(SMALLEST_BLOCK, self._rows // SPARE, len(rest)))
            part, rest = rest[: self._room], rest[self._room :]
            start = len(self._blocks[-1]) - self._room
            self._blocks[-1][start : start + len(part)] = part
            self._room -= len(part)
            self._rows += len(part)

    def reserve(self, rows: int) -> None:
        """Make room in one piece for so many more: one product over all is faster than many over parts."""
        if not self._room and rows:
            self._grow(rows)

    def _grow(self, rows: int) -> None:
        self._blocks.append(np.empty((rows, self.dimensions), dtype=np.float32))
        self._room = rows

    def scores(self, query: Numbers) -> NDArray[np.float32]:
        """The cosine of each row with the query."""
        unit, start = units(query), 0
        found = np.empty(self._rows, dtype=np.float32)
        for block in list(self._blocks):
            part = block[: len(found) - start]
            np.dot(part, unit, out=found[start : start + len(part)])
            start += len(part)
        return found

    def nearest(self, query: Numbers, count: int) -> list[Hit]:
        """The rows of the largest cosines, largest first, of equal ones the earlier first."""
        scores = self.scores(query)
        return [Hit(row, min(1.0, max(-1.0, float(scores[row])))) for row in top(scores, count)]

    def take(self, rows: Sequence[int]) -> Vector:
        """A copy of these rows."""
        starts = np.cumsum([0, *map(len, self._blocks)])
        found = np.empty((len(rows), self.dimensions), dtype=np.float32)
        for place, row in enumerate(rows):
            block = int(np.searchsorted(starts, row, side="right")) - 1
            found[place] = self._blocks[block][row - starts[block]]
        return found
