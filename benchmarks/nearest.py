"""Exact search in many vectors: the bare product, Punchline's matrix, and faiss's flat index, on the same data."""

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.similarity.vectors import Matrix

ROWS, SIZES, TOP = 100_000, (384, 1536), 10
ROUNDS, PAGE = 40, 500
MIB = 1024**2


@dataclass(frozen=True)
class Search:
    """Seconds a query, and MiB: what the process grew by, and what the bare numbers take."""

    rows: int
    dimensions: int
    bare: float
    ours: float
    faiss: float | None
    memory: float
    matrix: float


def measure() -> list[Search]:
    """One size after the other."""
    return [_measure(size) for size in SIZES]


def _measure(size: int) -> Search:
    random = np.random.default_rng(size)
    before = _resident()
    ours = Matrix(size)
    ours.reserve(ROWS)
    for _ in range(ROWS // PAGE):
        ours.extend(_rows(random, PAGE, size))
    gc.collect()
    memory = (_resident() - before) / MIB
    plain = ours.take(range(ROWS))
    queries = _rows(random, ROUNDS + 3, size)
    index = _faiss(plain)
    ways: list[Callable[[NDArray[np.float32]], Any]] = [
        lambda query: plain @ query,
        lambda query: ours.nearest(query, TOP),
        *([lambda query: index.search(query[None], TOP)] if index is not None else []),
    ]
    _agree(ours, index, queries[0])
    times = [[_time(way, query) for way in ways] for query in queries][3:]
    bare, mine, *other = (median(column) for column in zip(*times, strict=True))
    return Search(ROWS, size, bare, mine, other[0] if other else None, memory, plain.nbytes / MIB)


def _rows(random: np.random.Generator, count: int, size: int) -> NDArray[np.float32]:
    rows = random.standard_normal((count, size), dtype=np.float32)
    unit: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def _faiss(rows: NDArray[np.float32]) -> Any:
    if find_spec("faiss") is None:
        return None
    index = import_module("faiss").IndexFlatIP(rows.shape[1])
    index.add(rows)
    return index


def _agree(ours: Matrix, index: Any, query: NDArray[np.float32]) -> None:
    if index is not None:
        _, rows = index.search(query[None], TOP)
        assert [hit.row for hit in ours.nearest(query, TOP)] == rows[0].tolist()


def _time(way: Callable[[NDArray[np.float32]], Any], query: NDArray[np.float32]) -> float:
    start = perf_counter()
    way(query)
    return perf_counter() - start


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
