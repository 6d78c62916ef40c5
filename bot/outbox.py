"""The one way from the bot to a channel: rows wait in the outbox until Discord accepts them.

Whoever owes a channel something writes a row and knows nothing of how it gets there. What is remembered is in the rows, so a
restart loses nothing. `Outbox` runs while the bot's cogs are loaded.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from bot.backoff import backoff
from bot.clock import Clock
from bot.loop import Loop
from bot.serving import SERVED_TOPIC, Serves, every_server
from bot.store.database import Database
from bot.store.outbox import TOPIC, Delivery, OutboxStore

log = logging.getLogger(__name__)

# Discord takes about five edits in five seconds on one channel, and queues the rest.
BETWEEN_EDITS = timedelta(seconds=3)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
MAX_AGE = timedelta(days=14)  # since the last change; nobody waits for older news
ATTEMPT_SECONDS, IDLE_SECONDS = 60.0, 3600.0


@dataclass(frozen=True)
class Delivered:
    """Discord accepted it, and has it there."""

    channel_id: int
    message_id: int


class NotDelivered(Enum):
    """Why it still waits, or never will be shown."""

    REFUSED = "no channel of the server takes it"
    LATER = "Discord could not be reached, or failed"
    GONE = "there is nothing left to show"


class Sender(Protocol):
    """Sends or edits one message. An exception counts as `LATER`."""

    async def __call__(self, delivery: Delivery) -> Delivered | NotDelivered: ...


class Outbox:
    """Delivers what waits for the servers that are served here: channels side by side, each one's messages in order."""

    def __init__(self, database: Database, sender: Sender, clock: Clock, serves: Serves = every_server) -> None:
        self._store = OutboxStore(database)
        self._sender = sender
        self._clock = clock
        self._serves = serves
        self._loop = Loop("outbox", self._work, database.subscribe(TOPIC, SERVED_TOPIC), everywhere=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver in the background until left. Enter it after the cogs are loaded, and leave it before they are closed."""
        async with self._loop.running():
            yield

    async def round(self) -> None:
        """Try everything that is due once. Raises what kept an outcome from being written down."""
        now = self._clock()
        by_channel = defaultdict[tuple[int, ...], list[Delivery]](list)
        for delivery in await self._store.due(now, now - MAX_AGE):
            if self._serves(delivery.guild_id):
                by_channel[delivery.channels[:1]].append(delivery)
        work = (self._deliver_all(deliveries) for deliveries in by_channel.values())
        for error in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(error, BaseException):
                raise error

    async def _work(self) -> float:
        await self.round()
        now = self._clock()
        waiting = await self._store.next_attempts(now - MAX_AGE)
        due = min((at for guild_id, at in waiting.items() if self._serves(guild_id)), default=None)
        return IDLE_SECONDS if due is None else max(0.05, (due - now).total_seconds())

    async def _deliver_all(self, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if self._serves(delivery.guild_id):  # still
                await self._note(delivery, await self._attempt(delivery))

    async def _attempt(self, delivery: Delivery) -> Delivered | NotDelivered:
        if not delivery.channels:
            return NotDelivered.REFUSED
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await self._sender(delivery)
        except Exception:  # one message that cannot be shown never keeps the others waiting
            log.exception("Delivery %s (%s) failed.", delivery.id, delivery.kind)
            return NotDelivered.LATER

    async def _note(self, delivery: Delivery, outcome: Delivered | NotDelivered) -> None:
        now = self._clock()
        if isinstance(outcome, Delivered):
            await self._store.delivered(
                delivery,
                channel_id=outcome.channel_id,
                message_id=outcome.message_id,
                now=now,
                next_attempt_at=now + BETWEEN_EDITS,
            )
        elif outcome is NotDelivered.GONE:
            await self._store.drop(delivery)
        else:
            pause = backoff(delivery.failures + 1, FIRST_PAUSE, LONGEST_PAUSE)
            log.info("Delivery %s waits for %s: %s.", delivery.id, pause, outcome.value)
            await self._store.postpone(delivery, next_attempt_at=now + pause)
