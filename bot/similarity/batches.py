"""Texts that come in at about the same time, asked for in one request."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from bot.errors import (
    ModelServerError,
    RequestRefusedError,
    ServerFailedError,
    ServerNonsenseError,
    UnreadableAnswerError,
)
from bot.model_server.client import LLM, EmbeddingBatch
from bot.similarity.vectors import Vector, fault
from bot.texts.similarity import NO_VECTOR
from bot.tokens import Tokens, estimate_tokens

log = logging.getLogger(__name__)

# A text waits for company until none has come for one window, but for no more than so many.
WINDOW_SECONDS, MAX_WINDOWS = 0.004, 10
# What OpenAI takes in one request; the tokens are an estimate, so half of the 300,000.
MAX_TEXTS, MAX_TOKENS = 2048, 150_000
# How often one batch may be asked again in parts: enough to find two bad texts among 2,048.
MAX_RETRIES = 40
# A whole batch may fail with these because of one text in it, and costs nothing then. Others would befall the parts too, or the server
# may have worked on all of them: what costs is not repeated.
DIVISIBLE = (RequestRefusedError, ServerFailedError)

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Answered:
    """A text's checked vector, its share of the request's tokens, and how long the request took."""

    vector: Vector
    tokens: int
    latency_ms: float


@dataclass(frozen=True)
class _Wanted:
    """A text that somebody waits for; `call` is the same for all that were asked for together."""

    future: "asyncio.Future[Answered]"
    call: object


Waiting = dict[str, _Wanted]
Asked = dict[str, tuple["asyncio.Future[Answered]", bool]]


class Batches:
    """Asks for every text once, however many want it while it is in flight. Answers come only while it is `running`."""

    def __init__(self, llm: LLM, sleep: Sleep = asyncio.sleep) -> None:
        self._llm = llm
        self._sleep = sleep
        self._waiting: dict[str, Waiting] = {}
        self._asked = asyncio.Event()
        self._in_flight: dict[tuple[str, str], asyncio.Future[Answered]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, model: str, texts: Sequence[str]) -> Asked:
        """The answers to come, and of each whether this call asks for it. Do not cancel them: others may wait for them too."""
        fresh = [text for text in dict.fromkeys(texts) if (model, text) not in self._in_flight]
        call = object()
        for text in fresh:
            future = self._in_flight[model, text] = asyncio.get_running_loop().create_future()
            future.add_done_callback(partial(self._landed, model, text))
            self._waiting.setdefault(model, {})[text] = _Wanted(future, call)
            self._asked.set()
        return {text: (self._in_flight[model, text], text in fresh) for text in texts}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send what is asked for until left; what is then unanswered is cancelled."""
        self._start(self._gather())
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            for future in list(self._in_flight.values()):
                future.cancel()

    def _landed(self, model: str, text: str, done: "asyncio.Future[Answered]") -> None:
        del self._in_flight[model, text]
        if not done.cancelled():
            done.exception()  # looked at, since whoever asked may have gone

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _gather(self) -> None:
        while True:
            await self._asked.wait()
            await self._company()
            self._asked.clear()
            waiting, self._waiting = self._waiting, {}
            for model, texts in waiting.items():
                for part in _parts(tuple(texts)):
                    self._start(_Batch(self._llm, model, {text: texts[text] for text in part}).run())

    async def _company(self) -> None:
        for _ in range(MAX_WINDOWS):
            before = sum(map(len, self._waiting.values()))
            await self._sleep(WINDOW_SECONDS)
            after = sum(map(len, self._waiting.values()))
            if after == before or after >= MAX_TEXTS:
                break


class _Batch:
    """One request's worth of texts, divided where it fails."""

    def __init__(self, llm: LLM, model: str, waiting: Waiting) -> None:
        self._llm = llm
        self._model = model
        self._waiting = waiting
        self._retries = MAX_RETRIES

    async def run(self) -> None:
        try:
            await self._ask(tuple(self._waiting))
        finally:  # nobody waits for ever, whatever went wrong here
            for wanted in self._waiting.values():
                wanted.future.cancel()  # does nothing to one that is done

    async def _ask(self, texts: Sequence[str]) -> None:
        if all(self._waiting[text].future.done() for text in texts):
            return  # they failed with others: nobody would see the answer, and it costs
        try:
            self._answer(texts, await self._llm.embed(self._model, texts))
        except DIVISIBLE as error:
            if self._one(texts) or self._retries < 2:
                self._fail(texts, error)
                return
            self._retries -= 2
            for half in (texts[: len(texts) // 2], texts[len(texts) // 2 :]):
                await self._ask(half)
        except ServerNonsenseError as error:
            self._fail(texts, error)
        except Exception as error:  # noqa: BLE001  # whoever waits gets it
            self._retries = 0
            self._fail(self._waiting, error)

    def _one(self, texts: Sequence[str]) -> bool:
        """Whether dividing helps nobody: one text, or a pair that was asked for together."""
        return len(texts) == 1 or (len(texts) == 2 and len({id(self._waiting[text].call) for text in texts}) == 1)

    def _answer(self, texts: Sequence[str], batch: EmbeddingBatch) -> None:
        shares = _shares(texts, batch.tokens)
        for text, vector, tokens in zip(texts, batch.vectors, shares, strict=True):
            if fault(vector):
                log.warning("A vector of %s means nothing. It cost %d tokens.", batch.model, tokens)
                counted = UnreadableAnswerError(NO_VECTOR, tokens=Tokens(tokens))
                self._fail([text], counted if batch.tokens else ServerNonsenseError(NO_VECTOR))
            elif not self._waiting[text].future.done():
                self._waiting[text].future.set_result(Answered(vector, tokens, batch.latency_ms))

    def _fail(self, texts: Sequence[str] | Waiting, error: Exception) -> None:
        for text in texts:
            if not self._waiting[text].future.done():
                self._waiting[text].future.set_exception(_copy(error) if len(texts) > 1 else error)


def _copy(error: Exception) -> Exception:
    """An exception of its own for each who waits: one that is raised in many places collects all their traces."""
    if not isinstance(error, ModelServerError):
        return error
    copy = type(error)(error.template, code=error.code, request_id=error.request_id, **error.values)
    copy.__cause__ = error.__cause__
    return copy


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    start = tokens = 0
    for place, text in enumerate(texts):
        size = estimate_tokens(text)
        if place > start and (place - start == MAX_TEXTS or tokens + size > MAX_TOKENS):
            yield texts[start:place]
            start, tokens = place, 0
        tokens += size
    yield texts[start:]


def _shares(texts: Sequence[str], tokens: int) -> list[int]:
    """What each text cost, as whole numbers whose sum is what all of them did."""
    sizes = [estimate_tokens(text) for text in texts]
    total, before, shares = sum(sizes), 0, []
    for size in sizes:
        after = before + size
        shares.append(tokens * after // total - tokens * before // total)
        before = after
    return shares
