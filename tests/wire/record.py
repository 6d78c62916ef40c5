"""All that the loopback Discord has been told, and the refusals it was asked to give."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from time import perf_counter
from typing import Any

from aiohttp import web

from tests.wire.gate import Gate
from tests.wire.interaction import Interaction
from tests.wire.shapes import Json, Upload


@dataclass(frozen=True)
class Request:
    """One HTTP request as it arrived; `at` is `perf_counter` seconds."""

    method: str
    path: str
    body: Any
    files: tuple[Upload, ...]
    headers: Mapping[str, str]
    at: float = field(default_factory=perf_counter)


SENT = web.RequestKey("sent", Request)  # where a handler finds what came with the request it answers


@dataclass(frozen=True)
class Handshake:
    """A gateway connection that reached READY or RESUMED."""

    resumed: bool
    shard: int
    session: str
    at: float = field(default_factory=perf_counter)


@dataclass(frozen=True)
class Refusal:
    """An answer to give instead of the true one to the next request that fits."""

    method: str
    path: str
    status: int
    body: Json
    headers: dict[str, str]

    def fits(self, method: str, path: str) -> bool:
        return method == self.method and fnmatchcase(path, self.path)


@dataclass
class Record:
    """Every request, handshake, message and command; `until` waits for a condition on them.

    `unknown` are requests for routes that this Discord lacks, `faults` errors of its own.
    """

    requests: list[Request] = field(default_factory=list)
    unknown: list[Request] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    handshakes: list[Handshake] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    heartbeats: int = 0
    commands: list[Json] = field(default_factory=list)
    syncs: int = 0
    messages: dict[int, Json] = field(default_factory=dict)
    deleted: list[Json] = field(default_factory=list)
    uploads: dict[int, Upload] = field(default_factory=dict)
    interactions: dict[str, Interaction] = field(default_factory=dict)
    refusals: deque[Refusal] = field(default_factory=deque)
    gate: Gate = field(default_factory=Gate)
    nonces: dict[str, Json] = field(default_factory=dict)
    _waiters: set[asyncio.Event] = field(default_factory=set)

    def changed(self) -> None:
        for event in self._waiters:
            event.set()

    async def until(self, condition: Callable[[], object], timeout: float = 60.0) -> None:  # noqa: ASYNC109 - one place for it
        """Return once `condition` holds; it is asked again after everything that arrives."""
        event = asyncio.Event()
        self._waiters.add(event)
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    await event.wait()
                    event.clear()
        finally:
            self._waiters.discard(event)

    def refusal(self, method: str, path: str) -> Refusal | None:
        """Take the oldest refusal that fits this request."""
        for refusal in self.refusals:
            if refusal.fits(method, path):
                self.refusals.remove(refusal)
                return refusal
        return None

    def sent(self, method: str, path: str) -> list[Request]:
        """The requests with this method whose path fits the pattern."""
        return [request for request in self.requests if request.method == method and fnmatchcase(request.path, path)]
