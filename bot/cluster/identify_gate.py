"""The one way to an IDENTIFY for all processes: Discord takes one in five seconds of each of its `max_concurrency` buckets."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from bot.errors import DatabaseBusyError
from bot.store.leases import LeaseStore

log = logging.getLogger(__name__)

# After a turn nobody has one for TURN_SECONDS. One that came later than LATE_SECONDS after it was asked for is asked for again. So between
# two IDENTIFYs are six seconds or more.
TURN_SECONDS, LATE_SECONDS, ASK_SECONDS = 7.0, 1.0, 0.4
CONNECTING_SECONDS = 20.0  # for which a turn is reserved


@dataclass(frozen=True)
class StartLimit:
    """What Discord says of starts: how many are left, when there are all again, and how many at once it takes."""

    remaining: int
    reset_after: timedelta
    max_concurrency: int


class IdentifyGate:
    """A turn is a lease of the shard's bucket that nobody renews."""

    def __init__(self, leases: LeaseStore, seconds: Callable[[], float] = time.monotonic) -> None:
        self._leases = leases
        self._seconds = seconds
        self._reserved: dict[int, tuple[str, str]] = {}  # a bucket and the owner of its lease, by shard

    async def reserve(self, shard: int, read_limit: Callable[[], Awaitable[StartLimit]]) -> None:
        """Return when it is this shard's turn to connect and then to pass. Where no start is left, that is said in the log and waited for."""
        while (limit := await read_limit()).remaining < 1:
            log.error("Discord allows no more starts for %s. Shard %d waits.", limit.reset_after, shard)
            await asyncio.sleep(max(1.0, limit.reset_after.total_seconds()))
        bucket, owner = f"identify:{shard % max(1, limit.max_concurrency)}", uuid4().hex
        while True:
            if await self._claim(bucket, owner, CONNECTING_SECONDS):
                break
            await asyncio.sleep(ASK_SECONDS)
        self._reserved[shard] = bucket, owner

    async def passed(self, shard: int, read_limit: Callable[[], Awaitable[StartLimit]]) -> None:
        """Return when this shard may identify, which it must do at once."""
        while True:
            if shard not in self._reserved:
                await self.reserve(shard, read_limit)
            bucket, owner = self._reserved[shard]
            began = self._seconds()
            if not await self._claim(bucket, owner, TURN_SECONDS):
                del self._reserved[shard]  # it took too long to connect
            elif self._seconds() - began < LATE_SECONDS:
                del self._reserved[shard]
                return

    async def _claim(self, bucket: str, owner: str, seconds: float) -> bool:
        try:
            return await self._leases.claim(bucket, owner, seconds)
        except DatabaseBusyError:
            return False
