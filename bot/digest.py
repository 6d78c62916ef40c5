"""The weekly digest: a row of the outbox once it is due, rendered when it is sent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.clock import Clock
from bot.loop import Loop
from bot.store.database import Database
from bot.store.guild_settings import DIGEST_TOPIC, GuildSettingsStore
from bot.store.outbox import Kind, OutboxStore

WEEK = timedelta(days=7)
LONGEST_REST_SECONDS = 3600.0


class Digests:
    """Sends one a week to each server that turned it on, counted from that day."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._settings = GuildSettingsStore(database)
        self._outbox = OutboxStore(database)
        self._clock = clock
        self._loop = Loop("digest", self.round, database.subscribe(DIGEST_TOPIC))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Queue due digests in the background until left."""
        async with self._loop.running():
            yield

    async def round(self) -> float:
        """Queue what is due; returns the seconds until the next check. After weeks offline this queues one digest, not several."""
        now = self._clock()
        for due in await self._settings.digests(until=now):
            async with self._database.transaction():
                day = int(f"{due.at:%Y%m%d}")
                await self._outbox.add(due.guild_id, Kind.DIGEST, day, channel_id=due.channel_id, now=now)
                missed = (now - due.at) // WEEK
                await self._settings.postpone_digest(due.guild_id, due.at + WEEK * (missed + 1))
        following = await self._settings.next_digest()
        if following is None:
            return LONGEST_REST_SECONDS
        return min(LONGEST_REST_SECONDS, max(1.0, (following - now).total_seconds()))
