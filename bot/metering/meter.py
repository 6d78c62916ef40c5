"""The one way from the services to a model: each request is charged, written down, sent, and settled."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.chat import ChatRequest
from bot.errors import ModelServerError
from bot.llm import LLM
from bot.metering.ledger import Charge, Entry, Ledger
from bot.remote import Completion
from bot.store.database import Database

# Stores an answer in the transaction that settles its row.
Store = Callable[[Completion], Awaitable[None]]


@dataclass(frozen=True)
class Metered:
    """An answer with its row in the ledger."""

    completion: Completion
    usage_id: int


class Meter:
    """Sends requests to models. Raises `ModelServerError`, and `DatabaseBusyError` before anything is sent."""

    def __init__(self, llm: LLM, ledger: Ledger, database: Database) -> None:
        self._llm = llm
        self.ledger = ledger
        self._database = database

    async def complete(self, charge: Charge, request: ChatRequest, store: Store | None = None) -> Metered:
        """Ask for answers. With `store` the answer is stored in the transaction that settles its row."""
        entry = await self.ledger.open_chat(charge, request)
        async with self._watched(entry):
            completion = await self._llm.complete(request)
        settle = self.ledger.settle(entry, completion.model, completion.tokens, completion.latency_ms)
        if store is None:
            await settle
        else:
            async with self._database.transaction():
                await settle
                await store(completion)
        return Metered(completion, entry.id)

    @asynccontextmanager
    async def _watched(self, entry: Entry) -> AsyncIterator[None]:
        started = time.perf_counter()
        try:
            yield
        except ModelServerError as error:
            await self.ledger.fail(entry, error, (time.perf_counter() - started) * 1000)
            raise
