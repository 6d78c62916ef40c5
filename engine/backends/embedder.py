"""The encoder shared by all requests: what waits at the same time is computed in one batch."""

import asyncio
from collections import deque
from collections.abc import Sequence

import numpy as np

from engine.backends.minilm import BATCH, DIMENSIONS, MiniLM, Tokens
from engine.backends.tensors import Floats
from engine.concurrency.tasks import off_loop


class _Order:
    """One request's rows, some of them computed."""

    def __init__(self, rows: Sequence[Sequence[int]]) -> None:
        self.rows = rows
        self.taken = self.computed = 0
        self.vectors: Floats = np.zeros((len(rows), DIMENSIONS), np.float32)
        self.done: asyncio.Future[Floats] = asyncio.get_running_loop().create_future()


class Embedder:
    """Embeds for many requests at once. Each batch takes one row of every waiting request in turn, so that a request with
    one text does not wait for one with thousands."""

    def __init__(self, encoder: MiniLM) -> None:
        """The encoder runs in one thread at a time."""
        self._encoder = encoder
        self._waiting: deque[_Order] = deque()
        self._work: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many texts have not been begun."""
        return sum(len(order.rows) - order.taken for order in self._waiting)

    async def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        return await off_loop(sum(map(len, texts)), self._encoder.tokenize, texts)

    async def embed(self, rows: Sequence[Sequence[int]]) -> Floats:
        """Unit vectors for rows of tokens, in their order."""
        order = _Order(rows)
        self._waiting.append(order)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._compute())
        return await order.done

    async def _compute(self) -> None:
        while self._waiting:
            places = self._deal()
            try:
                rows = [order.rows[row] for order, row in places]
                vectors = await asyncio.to_thread(self._encoder.embed, rows)
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait
                _fail(places, error)
                continue
            for (order, row), vector in zip(places, vectors, strict=True):
                _put(order, row, vector)

    def _deal(self) -> list[tuple[_Order, int]]:
        places: list[tuple[_Order, int]] = []
        while self._waiting and len(places) < BATCH:
            order = self._waiting.popleft()
            places.append((order, order.taken))
            order.taken += 1
            if order.taken < len(order.rows):
                self._waiting.append(order)
        return places


def _put(order: _Order, row: int, vector: Floats) -> None:
    order.vectors[row] = vector
    order.computed += 1
    if order.computed == len(order.rows) and not order.done.done():
        order.done.set_result(order.vectors)


def _fail(places: Sequence[tuple[_Order, int]], error: Exception) -> None:
    for order, _ in places:
        if not order.done.done():
            order.done.set_exception(error)
