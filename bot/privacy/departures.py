"""Deletes the data of servers that removed the bot, after a grace period, here and at the model server."""

import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.errors import ModelServerError, RemoteNotFoundError, RequestRefusedError
from bot.loop import Loop
from bot.model_server.client import LLM
from bot.moderation.guard import Guard
from bot.serving import Serves, every_server
from bot.similarity.meaning import Meaning
from bot.store.database import Database
from bot.store.datasets import DatasetStore
from bot.store.expiry import ExpiryStore
from bot.store.forgetting import ForgettingStore
from bot.store.jobs import Job, JobStore
from bot.store.models import ModelStore

log = logging.getLogger(__name__)

SECONDS_BETWEEN, IDLE_SECONDS = 1.0, 3600.0


class Departures:
    """Every step can be repeated, so a restart goes on where the last life ended. A server that comes back before its time keeps everything."""

    def __init__(
        self,
        database: Database,
        llm: LLM,
        datasets: DatasetService,
        meaning: Meaning,
        guard: Guard,
        clock: Clock,
        *,
        days: int,
    ) -> None:
        """Servers are deleted `days` after they removed the bot, with 0 never."""
        self._database = database
        self._store = ExpiryStore(database)
        self._forgettings = ForgettingStore(database)
        self._jobs = JobStore(database)
        self._datasets = DatasetStore(database)
        self._models = ModelStore(database)
        self._llm = llm
        self._files = datasets
        self._meaning = meaning
        self._guard = guard
        self._clock = clock
        self._days = days
        self._loop = Loop("departures", self.round)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Delete servers whose time is up in the background until left."""
        async with self._loop.running():
            yield

    async def left(self, guild_id: int) -> None:
        """The server removed the bot."""
        await self._store.left(guild_id, now=self._clock())

    async def joined(self, guild_id: int) -> None:
        """The server has the bot, again or for the first time."""
        await self._store.joined(guild_id)

    async def compare(self, present: Collection[int], among: Serves = every_server) -> None:
        """Of the servers `among` which they are, the bot is in these, those with an outage too: others may have removed it meanwhile."""
        await self._store.compare(present, among, now=self._clock())

    async def round(self) -> float:
        """Go on with the servers whose time is up; returns the seconds until the next round."""
        more = False
        if self._days:
            for guild_id in await self._store.overdue(self._clock() - timedelta(days=self._days)):
                more = await self._delete(guild_id) or more
        return SECONDS_BETWEEN if more else IDLE_SECONDS

    async def _delete(self, guild_id: int) -> bool:
        """A bounded part of it; whether to go on at once. What its jobs need waits until their files are gone from the model server."""
        datasets = await self._datasets.withdraw_all(guild_id, now=self._clock())
        if not await self._files.delete_withdrawn(datasets):
            return False  # their rows stay until then, so that the files are not forgotten
        unsettled = await self._jobs.unsettled(guild_id)
        for job in unsettled:
            await self._stop(job)
        await self._name_models(guild_id)
        if await self._store.purge_server(guild_id, jobs_too=False):
            return True
        if unsettled:
            return False
        if await self._store.purge_server(guild_id, jobs_too=True):
            return True
        async with self._database.transaction():
            await self._store.joined(guild_id)
            await self._forgettings.owe_rewriting(now=self._clock())
        self._meaning.forget_server(guild_id)
        self._guard.forget(guild_id)
        log.info("Server %d removed the bot %d days ago. All its data is deleted.", guild_id, self._days)
        return False

    async def _stop(self, job: Job) -> None:
        """Cancel it, since nobody is left to use its model, and have its files deleted by the tracker."""
        now = self._clock()
        await self._jobs.withdraw_files(job.id, now=now)
        if job.ended or await self._jobs.cancel_unsubmitted(job, now=now) or job.remote_job_id is None:
            return
        try:
            await self._llm.fine_tuning.cancel_job(job.remote_job_id)
        except (RemoteNotFoundError, RequestRefusedError):
            log.info("Job %s of a server that left has ended at the model server.", job.id)
        except ModelServerError as error:
            log.warning("Job %s of a server that left could not be cancelled: %s", job.id, error)

    async def _name_models(self, guild_id: int) -> None:
        """The bot cannot delete models at the model server; its operator can."""
        names = [model.model for model in await self._models.list(guild_id)]
        if names:
            log.warning("Server %d left. Its models stay at the model server: %s", guild_id, ", ".join(names))
