"""Deletes what is older than it is kept, a few rows at a time."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.clock import Clock
from bot.loop import Loop
from bot.settings import Settings
from bot.store.database import Database
from bot.store.expiry import ExpiryStore
from bot.store.personal import Kept

log = logging.getLogger(__name__)

MESSAGE_DAYS = 30  # of a text that the bot sent, or owed; it gives up after 14
SECONDS_BETWEEN, IDLE_SECONDS = 1.0, 6 * 3600.0


def days_of(settings: Settings) -> dict[Kept, int]:
    """How many days each kind of row is kept; 0 is for ever."""
    return {
        Kept.ANSWERS: settings.retention_answers_days,
        Kept.USAGE: settings.retention_usage_days,
        Kept.MESSAGES: MESSAGE_DAYS,
    }


class Retention:
    """Nothing that it deletes is needed by a job: those have files of their own."""

    def __init__(self, database: Database, days: Mapping[Kept, int], clock: Clock) -> None:
        self._store = ExpiryStore(database)
        self._days = days
        self._clock = clock
        self._loop = Loop("retention", self.round)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Delete what is old in the background until left."""
        async with self._loop.running():
            yield

    async def round(self) -> float:
        """Delete a bounded number of rows; returns the seconds until the next round."""
        now = self._clock()
        rows, more = await self._store.purge(
            {kept: now - timedelta(days=days) for kept, days in self._days.items() if days}
        )
        if rows:
            log.info("Deleted %d rows that were older than they are kept.", rows)
        return SECONDS_BETWEEN if more else IDLE_SECONDS
