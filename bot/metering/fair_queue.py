"""A queue for the model server: so many requests at once, the rest in turns by member, and no more than can be answered soon."""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager

from bot.errors import LimitError
from bot.texts import server as texts
from bot.texts.common import SECONDS

# How many requests a server gets at once. One's own engine, on the processors of one machine, answers them one after the other.
ON_ONE_MACHINE, ON_MANY_MACHINES = 64, 256
IMAGES_ON_ONE_MACHINE, IMAGES_ON_MANY_MACHINES = 2, 32
MAX_WAITING, MAX_WAIT_SECONDS = 500, 60.0
NEWEST_WEIGHT = 0.2  # of the last request in the mean of how long they take


class FairQueue:
    """Lets `size` requests through at once. Members take turns, so that one with many requests delays nobody else."""

    def __init__(self, size: int, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._free = size
        self._size = size
        self._monotonic = monotonic
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()
        self._mean_seconds = 0.0

    @asynccontextmanager
    async def turn(self, member: Hashable, *, patient: bool = False) -> AsyncIterator[None]:
        """Wait for a turn, and have it until left. Raises `LimitError` at once if the wait would be too long; who is `patient` waits."""
        if self._free:
            self._free -= 1
        else:
            if not patient:
                self._refuse_if_full()
            await self._wait(member)
        started = self._monotonic()
        try:
            yield
        finally:
            self._learn(self._monotonic() - started)
            self._pass_on()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return sum(map(len, self._waiting.values()))

    def _refuse_if_full(self) -> None:
        # A member's first request comes before all second ones.
        seconds = (len(self._waiting) + 1) * self._mean_seconds / self._size
        if seconds > MAX_WAIT_SECONDS:
            raise LimitError(texts.QUEUE_IS_LONG, wait=SECONDS.of(round(seconds)))
        if self.waiting >= MAX_WAITING:
            raise LimitError(texts.QUEUE_IS_FULL)

    async def _wait(self, member: Hashable) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(member, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was given at the same moment
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        """Give the turn to the next who still waits."""
        while self._waiting:
            member, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[member] = turns  # behind everybody else
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _learn(self, seconds: float) -> None:
        self._mean_seconds += NEWEST_WEIGHT * (seconds - self._mean_seconds) if self._mean_seconds else seconds
