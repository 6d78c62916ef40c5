"""A server's best jokes by its members' votes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

from bot.clock import Clock
from bot.errors import ConflictError
from bot.kinds import JOKE
from bot.store.database import Database
from bot.store.generations import GenerationStore, VotedJoke
from bot.texts import top as texts

Period: TypeAlias = Literal["week", "ever"]
WEEK = timedelta(days=7)
SHOWN = 5


@dataclass(frozen=True)
class TopJokes:
    """The most laughed at first; never empty."""

    period: Period
    jokes: tuple[VotedJoke, ...]


class TopService:
    """Counts laughs; 😐 decides between jokes with as many."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._store = GenerationStore(database)
        self._clock = clock

    async def top(self, guild_id: int, period: Period, may_show: Callable[[int], bool]) -> TopJokes:
        """The best jokes that were told in channels of which `may_show` is true: elsewhere they might be read by people who may not.

        Raises `ConflictError` if nobody laughed.
        """
        since = self._clock() - WEEK if period == "week" else None
        channels = [one for one in await self._store.voted_channels(guild_id, JOKE.name) if may_show(one)]
        jokes = await self._store.best(guild_id, JOKE.name, channels, since, SHOWN)
        if not jokes:
            raise ConflictError(texts.NO_LAUGHS[period])
        return TopJokes(period, jokes)
