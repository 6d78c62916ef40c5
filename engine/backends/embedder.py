"""The encoder shared by all requests: what waits at the same time is computed in one batch."""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from engine.backends.minilm import BATCH, MiniLM, Tokens
from engine.backends.tensors import Floats
from engine.concurrency.tasks import off_loop

Text: TypeAlias = tuple[Sequence[int], asyncio.Future[Floats]]


class Embedder:
    """Embeds for many requests at once. Each batch takes one text of every waiting request in turn, so that a request with
    one text does not wait for one with thousands."""

    def __init__(self, encoder: MiniLM) -> None:
        self._encoder = encoder
        self._waiting: deque[deque[Text]] = deque()
        self._work: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        return sum(map(len, self._waiting))

    async def tokenize(self, texts: Sequence[str]) -> list[Tokens]:
        return await off_loop(sum(map(len, texts)), self._encoder.tokenize, texts)

    async def embed(self, rows: Sequence[Sequence[int]]) -> Floats:
        loop = asyncio.get_running_loop()
        vectors = [loop.create_future() for _ in rows]
        self._waiting.append(deque(zip(rows, vectors, strict=True)))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._compute())
        return np.stack(await asyncio.gather(*vectors))

    async def _compute(self) -> None:
        while texts := self._deal():
            try:
                vectors = await asyncio.to_thread(self._encoder.embed, [row for row, _ in texts])
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait
                _settle(texts, [error] * len(texts))
            else:
                _settle(texts, vectors)

    def _deal(self) -> list[Text]:
        texts: list[Text] = []
        while self._waiting and len(texts) < BATCH:
            request = self._waiting.popleft()
            texts.append(request.popleft())
            if request:
                self._waiting.append(request)
        return texts


def _settle(texts: Sequence[Text], outcomes: Sequence[Exception] | Floats) -> None:
    for (_, vector), outcome in zip(texts, outcomes, strict=True):
        if vector.done():  # the request is gone
            continue
        if isinstance(outcome, Exception):
            vector.set_exception(outcome)
        else:
            vector.set_result(outcome)
