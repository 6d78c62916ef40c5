"""Deletes what the bot stores of a member of a server, and rewrites the database file afterwards.

The request is a row before anything is deleted. One transaction deletes the rows. Files are deleted after that, here or at the next start.
Deleted text can stay in parts of the database file that are not in use, so the file is rewritten in the background.
"""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.contributions.withdrawal import Withdrawals, Withdrawn
from bot.datasets.training_answers import TrainingAnswers
from bot.loop import Loop
from bot.similarity.meaning import Meaning
from bot.store.database import Database
from bot.store.forgetting import TOPIC, Counted, Forgetting, ForgettingStore
from bot.store.outbox import Kind, OutboxStore

log = logging.getLogger(__name__)

IDLE_SECONDS, RETRY_SECONDS = 3600.0, 300.0
# Writers wait while the file is rewritten, so that takes at most a twentieth of the time.
REST_TIMES, LEAST_REST_SECONDS = 20, 60.0

Asked = Sequence[tuple[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Forgotten:
    """What a request did. `finished` is False if the rest is done later. `datasets` is how many datasets were deleted with it, and
    `trained` whether a model has learned from them."""

    finished: bool
    datasets: int = 0
    trained: bool = False


class ForgettingService:
    """Forgets members."""

    def __init__(
        self,
        database: Database,
        withdrawals: Withdrawals,
        meaning: Meaning,
        answers: TrainingAnswers,
        clock: Clock,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._store = ForgettingStore(database)
        self._outbox = OutboxStore(database)
        self._withdrawals = withdrawals
        self._meaning = meaning
        self._answers = answers
        self._clock = clock
        self._seconds = seconds
        self._next_rewriting: datetime | None = None
        self._loop = Loop("forgetting", self.round, database.subscribe(TOPIC))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Finish what was asked for, and rewrite the database file after it, in the background until left."""
        async with self._loop.running():
            yield

    async def count(self, guild_id: int, user_id: int) -> tuple[Counted, ...]:
        """What `forget` would delete or make anonymous in this server."""
        return await self._store.count(guild_id, user_id)

    async def forget(self, guild_id: int, user_id: int, *, everywhere: bool = False) -> Forgotten:
        """Forget the member in this server, or in all. What fails is done again in the background, also after a restart."""
        guilds = {guild_id, *(await self._store.guilds(user_id) if everywhere else ())}
        await self._store.ask(sorted(guilds), user_id, now=self._clock())
        try:
            done = [await self._erase(asked) for asked in await self._store.list() if asked.user_id == user_id]
        except Exception:
            log.exception("A request to be forgotten is not finished. It will be tried again.")
            return Forgotten(finished=False)
        finally:
            self._database.announce(TOPIC)
        withdrawn = [one for each in done for one in each]
        datasets = {dataset.id for one in withdrawn for dataset in one.datasets}
        return Forgotten(True, len(datasets), any(one.models or one.going_on for one in withdrawn))

    async def round(self) -> float:
        """Finish what was asked for, and rewrite the file if that is due; returns the seconds until the next round."""
        for asked in await self._store.list():
            if asked.user_id is not None:
                await self._erase(asked)
        owed = await self._store.list()
        if not owed:
            return IDLE_SECONDS
        now = self._clock()
        if self._next_rewriting is not None and now < self._next_rewriting:
            return (self._next_rewriting - now).total_seconds()
        return await self._rewrite(owed[-1].id)

    async def _rewrite(self, upto: int) -> float:
        began = self._seconds()
        try:
            rewritten = await self._database.rewrite()
        except Exception:
            log.exception("The database file could not be rewritten. It will be tried again.")
            return RETRY_SECONDS
        took = self._seconds() - began
        rest = max(LEAST_REST_SECONDS, REST_TIMES * took)
        self._next_rewriting = self._clock() + timedelta(seconds=rest)
        if rewritten:
            await self._store.done(upto)
            log.info("Rewrote the database file in %.1f s, after members asked to be forgotten or a server left.", took)
        return rest

    async def _erase(self, asked: Forgetting) -> tuple[Withdrawn, ...]:
        guild_id, user_id, now = asked.guild_id, asked.user_id or 0, self._clock()
        async with self._database.transaction():
            typed = await self._store.texts(guild_id, user_id)
            questions = [question for question, _ in typed]
            rounds = await self._store.rounds(guild_id, user_id)
            reports = await self._store.reports(guild_id, user_id)
            withdrawn = await self._withdrawals.withdraw_all(guild_id, user_id, frozenset(questions))
            await self._meaning.embeddings.forget(guild_id, _embedded(typed))
            await self._store.forget(asked, now=now)
            for kind, subjects in ((Kind.ROUND, rounds), (Kind.REPORT, reports)):
                for subject in subjects:
                    await self._outbox.change(guild_id, kind, subject, urgent=True, now=now)
        self._meaning.forget_server(guild_id)
        for dataset in (dataset for one in withdrawn for dataset in one.datasets):
            self._answers.forget(dataset)
        await self._withdrawals.delete_files(*withdrawn)
        return withdrawn


def _embedded(typed: Asked) -> Iterator[str]:
    """The texts that searches, maps and comparisons embed."""
    for question, answers in typed:
        yield question
        for answer in answers:
            yield answer
            yield f"{question}\n{answer}"
