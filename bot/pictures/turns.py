"""Who may have a picture made. One at a time of each slogan and joke, and the same one not twice within a minute: a press must not flood a channel."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta

from cachetools import LRUCache

from bot.clock import Clock
from bot.errors import ConflictError
from bot.in_flight import InFlight
from bot.limits.allowance import Allowance
from bot.moderation.guard import Guard
from bot.texts import pictures as texts

BETWEEN = timedelta(minutes=1)
REMEMBERED = 1000
Key = tuple[int, int, int]  # a server, a generation, and the place of one of its slogans


class Turns:
    """What is under way and what was made lately, in memory: a restart forgets it, and nothing rests on it."""

    def __init__(self, guard: Guard, allowance: Allowance, in_flight: InFlight, clock: Clock) -> None:
        self._guard = guard
        self._allowance = allowance
        self._in_flight = in_flight
        self._clock = clock
        self._under_way: set[Key] = set()
        self._made = LRUCache[Key, datetime](REMEMBERED)
        self._members = LRUCache[tuple[int, int], datetime](REMEMBERED)

    @asynccontextmanager
    async def turn(self, user_id: int, key: Key, said: Sequence[str], *, drawn: bool) -> AsyncIterator[None]:
        """Make one picture of these texts, `drawn` or by a model, before which the ledger keeps the limits.

        Raises `ConflictError` if it is being made, or was made less than a minute ago (one that failed was not); `BlockedError` also for
        what was let through once and would not be now; `LimitError`.
        """
        guild_id = key[0]
        with self._alone(user_id, key), self._in_flight.request(guild_id, user_id):
            if drawn:
                last_at = self._members.get((guild_id, user_id))
                await self._allowance.refuse_in_pause(guild_id, user_id, last_at)
            await self._guard.admit(guild_id, said)
            yield

    @contextmanager
    def _alone(self, user_id: int, key: Key) -> Iterator[None]:
        if key in self._under_way:
            raise ConflictError(texts.UNDER_WAY)
        made = self._made.get(key)
        if made is not None and self._clock() - made < BETWEEN:
            raise ConflictError(texts.JUST_MADE)
        self._under_way.add(key)
        try:
            yield
        finally:
            self._under_way.discard(key)
        self._made[key] = self._members[key[0], user_id] = self._clock()
