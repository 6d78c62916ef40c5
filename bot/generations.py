"""The jokes and slogans that a guild was shown: kept once they are paid for, found again, voted on."""

import logging
from collections.abc import Mapping

from bot.clock import Clock
from bot.errors import ConflictError, NotFoundError
from bot.model_server.completion import Completion
from bot.store.database import Database
from bot.store.generations import Generation, GenerationStore, Tally
from bot.texts.jokes import ALREADY_CHOSEN, GONE

log = logging.getLogger(__name__)


class GenerationService:
    """Answers by the number under their buttons."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._store = GenerationStore(database)
        self._clock = clock

    async def keep(
        self,
        usage_id: int | None,
        asked: str,
        request: Mapping[str, object],
        completion: Completion,
        *,
        fine_tuned: bool = False,
        channel_id: int | None = None,
    ) -> int | None:
        """Store an answer; None if that fails, which the log explains: it is shown all the same."""
        if usage_id is None:
            return None
        try:
            return await self._store.add(
                usage_id, asked, request, completion, fine_tuned=fine_tuned, channel_id=channel_id
            )
        except Exception:
            log.exception("An answer could not be stored.")
            return None

    async def shown(self, guild_id: int, kind: str, asked: str) -> frozenset[str]:
        """All texts that the guild was shown for a scenario or description."""
        return await self._store.texts(guild_id, kind, asked)

    async def find(self, guild_id: int, generation_id: int) -> Generation:
        """A joke or slogan of this guild. Raises `NotFoundError` if it is gone or another guild's."""
        generation = await self._store.get(guild_id, generation_id)
        if generation is None:
            raise NotFoundError(GONE)
        return generation

    async def liked(self, guild_id: int, kind: str, *, funny: int, percent: int) -> tuple[tuple[str, str], ...]:
        """What was asked and answered, where a member chose it, or at least so many members and so large a part of those who voted
        laughed or liked it; each once."""
        chosen = await self._store.all_chosen(guild_id, kind)
        liked = await self._store.liked(guild_id, kind, funny=funny, percent=percent)
        return tuple(dict.fromkeys((*chosen, *liked)))

    async def choose(self, guild_id: int, user_id: int, generation_id: int, place: int) -> str:
        """Mark the answer at that place, counted from 0, as chosen; returns it. The member may choose another later.

        Raises `NotFoundError`, and `ConflictError` if another member chose before.
        """
        generation = await self.find(guild_id, generation_id)
        if place >= len(generation.texts):
            raise NotFoundError(GONE)
        text = generation.texts[place]
        if not await self._store.choose(generation_id, text, user_id, now=self._clock()):
            raise ConflictError(ALREADY_CHOSEN)
        return text

    async def chosen(self, generation_id: int) -> str | None:
        """The answer that a member chose."""
        return await self._store.chosen(generation_id)

    async def tally(self, generation_id: int) -> Tally:
        """The votes on a generation."""
        return await self._store.tally(generation_id)

    async def vote(self, guild_id: int, user_id: int, joke_id: int, *, funny: bool) -> tuple[bool, Tally]:
        """Record or change a member's one vote; says whether it changed anything, and how the votes stand."""
        async with self._database.transaction():
            changed = await self._store.vote(guild_id, joke_id, user_id, funny=funny, now=self._clock())
            if not changed:
                await self.find(guild_id, joke_id)
            return changed, await self._store.tally(joke_id)
