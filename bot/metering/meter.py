"""The one way from the services to a model: each request is charged, written down, sent in its turn, and settled."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.errors import ModelServerError
from bot.llm.chat import ChatRequest
from bot.llm.client import LLM
from bot.llm.completion import Completion
from bot.metering.fair_queue import FairQueue
from bot.metering.ledger import UNLIMITED_ANSWER_TOKENS, Charge, Entry, Ledger
from bot.request import current_request
from bot.store.database import Database

# Stores an answer in the transaction that settles its row.
Store = Callable[[Completion], Awaitable[None]]


@dataclass(frozen=True)
class Metered:
    """An answer with its row in the ledger."""

    completion: Completion
    usage_id: int


@dataclass(frozen=True)
class Queues:
    """The queue for each model server; both are the same where there is one server."""

    base: FairQueue
    fine_tuned: FairQueue


class Meter:
    """Sends requests to models. Raises `ModelServerError`, and before anything is sent `LimitError` and `DatabaseBusyError`."""

    def __init__(self, llm: LLM, ledger: Ledger, queues: Queues, database: Database) -> None:
        self._llm = llm
        self.ledger = ledger
        self._queues = queues
        self._database = database

    async def complete(self, charge: Charge, request: ChatRequest, store: Store | None = None) -> Metered:
        """Ask for answers. With `store` the answer is stored in the transaction that settles its row."""
        entry = await self.ledger.open_chat(charge, request)
        if entry.bounded:
            request = replace(request, max_tokens=request.max_tokens or UNLIMITED_ANSWER_TOKENS)
        async with self._turn(charge, entry, request), self._watched(entry):
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
    async def _turn(self, charge: Charge, entry: Entry, request: ChatRequest) -> AsyncIterator[None]:
        """Wait in the queue. Who does not get a turn has asked for nothing, and so has no row."""
        queue = self._queues.fine_tuned if request.fine_tuned else self._queues.base
        has_turn = False
        try:
            async with queue.turn((charge.guild_id, charge.user_id), patient=current_request() is None):
                has_turn = True
                yield
        finally:
            if not has_turn:
                await self.ledger.drop(entry)

    @asynccontextmanager
    async def _watched(self, entry: Entry) -> AsyncIterator[None]:
        started = time.perf_counter()
        try:
            yield
        except ModelServerError as error:
            await self.ledger.fail(entry, error, (time.perf_counter() - started) * 1000)
            raise
