"""Keeps what grows with use within its bounds, once a day."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.loop import Loop
from bot.store.bounds import BOUNDS, MAX_VECTOR_BYTES, Bound, BoundStore
from bot.store.database import Database

log = logging.getLogger(__name__)

DAY_SECONDS = 24 * 3600.0


class Pruner:
    """Deletes the oldest answers, delivered messages, events, quotes and vectors beyond their bounds."""

    def __init__(
        self,
        database: Database,
        bounds: Sequence[Bound] = BOUNDS,
        max_vector_bytes: int = MAX_VECTOR_BYTES,
    ) -> None:
        self._store = BoundStore(database)
        self._bounds = bounds
        self._max_vector_bytes = max_vector_bytes
        self._loop = Loop("pruning", self._work)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Prune in the background until left."""
        async with self._loop.running():
            yield

    async def round(self) -> None:
        """Look at each bound once."""
        deleted = {bound.table: await self._store.prune(bound) for bound in self._bounds}
        deleted["embeddings"] = await self._store.prune_vectors(self._max_vector_bytes)
        for table, count in deleted.items():
            if count:
                log.info("Deleted the %d oldest rows of %s, which were beyond its bound.", count, table)

    async def _work(self) -> float:
        await self.round()
        return DAY_SECONDS
