"""The one way from the services to a model: each request is charged, written down, sent in its turn, and settled."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.errors import ModelServerError
from bot.metering.fair_queue import FairQueue
from bot.metering.ledger import UNLIMITED_ANSWER_TOKENS, Charge, Entry, Ledger
from bot.model_server.chat import ChatRequest
from bot.model_server.client import LLM
from bot.model_server.completion import Completion
from bot.model_server.images import GeneratedImage, ImageRequest
from bot.model_server.transcription import Audio, Transcript
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
    """The queue for each model server; both are the same where there is one server. Pictures, which take long, have their own."""

    base: FairQueue
    fine_tuned: FairQueue
    images: FairQueue


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
        queue = self._queues.fine_tuned if request.fine_tuned else self._queues.base
        async with self._turn(charge, entry, queue), self._watched(entry):
            completion = await self._llm.complete(request)
        settle = self.ledger.settle(entry, completion.model, completion.tokens, completion.latency_ms)
        if store is None:
            await settle
        else:
            async with self._database.transaction():
                await settle
                await store(completion)
        return Metered(completion, entry.id)

    async def transcribe(self, charge: Charge, model: str, audio: Audio) -> Transcript:
        """Ask for the words in a recording."""
        entry = await self.ledger.open_transcription(charge, model, audio.seconds)
        async with self._turn(charge, entry, self._queues.base), self._watched(entry):
            heard = await self._llm.transcribe(model, audio)
        seconds = audio.seconds if heard.seconds is None else heard.seconds
        await self.ledger.settle(entry, model, heard.tokens, heard.latency_ms, seconds)
        return heard

    async def generate(self, charge: Charge, request: ImageRequest) -> GeneratedImage:
        """Ask for a picture."""
        entry = await self.ledger.open_image(charge, request)
        async with self._turn(charge, entry, self._queues.images), self._watched(entry):
            image = await self._llm.images.generate(request)
        await self.ledger.settle(entry, request.model, image.tokens, image.latency_ms)
        return image

    @asynccontextmanager
    async def _turn(self, charge: Charge, entry: Entry, queue: FairQueue) -> AsyncIterator[None]:
        """Wait in the queue. Who does not get a turn has asked for nothing, and so has no row."""
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
