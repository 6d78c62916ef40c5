"""A base served by a process of its own, as the engine sees it. Knows nothing of how the process does it."""

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress

from pydantic import BaseModel

from engine.backends.interface import GenerationChunk, GenerationError, GenerationRequest
from engine.concurrency.child import ChildError, ChildProcess

log = logging.getLogger(__name__)

CHUNK_SECONDS = 300.0
_DIED = ("server_error", "The process that serves this model ended in the middle of the answer. Try again.")
_UNAVAILABLE = "The process that serves this model cannot be started. The engine's log has the reason."


class Handshake(BaseModel):
    """The server's first message: the base's tokenizer.json, the tokens that it reads at once and its weights; or why it cannot be used."""

    tokenizer: str = ""
    context_tokens: int = 0
    parameters: int = 0
    error: str = ""


class ServingRequest(BaseModel):
    """A numbered request, or, without one, word that this number is no longer wanted."""

    number: int
    request: GenerationRequest | None = None


class ServingReply(BaseModel):
    """A chunk for the request with this number, or why there will be no more: a GenerationError's code and message, and what was wrong."""

    number: int
    chunk: GenerationChunk = GenerationChunk()
    error: tuple[str, str] | tuple[str, str, str] | None = None


class ServingError(Exception):
    """A base that cannot be served; the text is one line for the operator."""


class ServingProcess:
    """A TextGenerator that hands requests to a server, which is started again where it died or was silent for too long.

    A server is a module that takes the base's path or hub id, and options of its own, as arguments. It sends a Handshake over its channel, then
    ServingReplies to the ServingRequests that come.
    """

    def __init__(self, server: str, reference: str, *options: str, chunk_seconds: float = CHUNK_SECONDS) -> None:
        """`chunk_seconds` is how long a server that owes answers may be silent."""
        self._server, self._reference, self._options, self._chunk_seconds = server, reference, options, chunk_seconds
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()
        self._serving: tuple[ChildProcess, asyncio.Task[None]] | None = None
        self._replies: dict[int, asyncio.Queue[ServingReply]] = {}
        self._heard_at = 0.0

    async def start(self) -> Handshake:
        return (await self._start())[1]

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationChunk, None]:
        child = await self._running()
        number, unfinished = next(self._numbers), request.sampling.n
        self._heard_at = self._heard_at if self._replies else time.monotonic()
        replies = self._replies[number] = asyncio.Queue()
        child.send(ServingRequest(number=number, request=request))
        try:
            while unfinished:
                reply = await self._next(replies, child)
                if reply.error:
                    unfinished = 0
                    raise GenerationError(*reply.error)
                unfinished -= reply.chunk.finish_reason is not None
                yield reply.chunk
        finally:
            del self._replies[number]
            if unfinished:
                child.send(ServingRequest(number=number))

    async def close(self) -> None:
        if self._serving:
            child, listener = self._serving
            await child.end()
            await listener

    async def _start(self) -> tuple[ChildProcess, Handshake]:
        child, handshake = await start_server(self._server, self._reference, *self._options)
        self._serving = child, asyncio.create_task(self._listen(child))
        return child, handshake

    async def _running(self) -> ChildProcess:
        async with self._starting:
            if self._serving and not self._serving[1].done():
                return self._serving[0]
            try:
                return (await self._start())[0]
            except ServingError as error:
                log.error("the server of %s cannot be started again: %s", self._reference, error)
                raise GenerationError("server_error", _UNAVAILABLE) from error

    async def _next(self, replies: asyncio.Queue[ServingReply], child: ChildProcess) -> ServingReply:
        while replies.empty() and (left := self._heard_at + self._chunk_seconds - time.monotonic()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    return await replies.get()
        if replies.empty():
            log.error("the server of %s was silent for %s s: ending it", self._reference, self._chunk_seconds)
            await child.end()  # the listener answers all who wait
        return await replies.get()

    async def _listen(self, child: ChildProcess) -> None:
        try:
            while True:
                reply = await child.receive(ServingReply)
                self._heard_at = time.monotonic()
                if reply.number in self._replies:
                    self._replies[reply.number].put_nowait(reply)
        except ChildError as error:
            log.error("the server of %s is gone: %s", self._reference, error)
        finally:
            await child.end()
            for number, replies in self._replies.items():
                replies.put_nowait(ServingReply(number=number, error=_DIED))


async def start_server(server: str, reference: str, *options: str) -> tuple[ChildProcess, Handshake]:
    async with AsyncExitStack() as on_failure:
        child = await ChildProcess.start(server, reference, *options)
        on_failure.push_async_callback(child.end)
        try:
            handshake = await child.receive(Handshake)
        except ChildError as error:
            raise ServingError(f"{reference} could not be loaded: {error}") from error
        if handshake.error:
            raise ServingError(handshake.error)
        on_failure.pop_all()
    return child, handshake
