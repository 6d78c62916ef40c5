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

# A turn that came later than LATE_SECONDS after it was asked for is not used. So between two IDENTIFYs are six seconds or more.
TURN_SECONDS, LATE_SECONDS, ASK_SECONDS = 7.0, 1.0, 0.4


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

    async def passed(self, shard: int, read_limit: Callable[[], Awaitable[StartLimit]]) -> None:
        """Return when this shard may identify, which it must do at once. Where no start is left today, that is said in the log and waited for."""
        while (limit := await read_limit()).remaining < 1:
            log.error("Discord allows no more starts for %s. Shard %d waits.", limit.reset_after, shard)
            await asyncio.sleep(max(1.0, limit.reset_after.total_seconds()))
        bucket = f"identify:{shard % max(1, limit.max_concurrency)}"
        while True:
            if await self._turn(bucket):
                return
            await asyncio.sleep(ASK_SECONDS)

    async def _turn(self, bucket: str) -> bool:
        began = self._seconds()
        try:
            came = await self._leases.claim(bucket, uuid4().hex, TURN_SECONDS)
        except DatabaseBusyError:
            return False
        return came and self._seconds() - began < LATE_SECONDS
