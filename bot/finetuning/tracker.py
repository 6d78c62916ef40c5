"""Follows every active job of every server. The rows are the schedule: after a restart the next round simply goes on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.errors import ModelServerError, RemoteNotFoundError
from bot.finetuning.display import Display
from bot.finetuning.launching import Launcher
from bot.finetuning.news import news, next_check, next_try, progress
from bot.llm import LLM
from bot.loop import Loop
from bot.registry.service import Registry
from bot.remote import RemoteEvent, RemoteJob
from bot.store.database import Database, to_text
from bot.store.jobs import ENDED, Job, JobStore

log = logging.getLogger(__name__)

IDLE_SECONDS = 3600.0
# Up to so many jobs are asked for one by one; more are read from the server's list, and only so many histories a round.
FEW = 3
VANISHED = "The model server no longer knows this job. Launch it again if you still want the model."


class Tracker:
    """Looks at active jobs when they are due, writes down what changed, and has it shown."""

    def __init__(
        self,
        database: Database,
        jobs: JobStore,
        llm: LLM,
        launcher: Launcher,
        registry: Registry,
        display: Display,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._llm = llm
        self._launcher = launcher
        self._registry = registry
        self._display = display
        self._clock = clock
        self._loop = Loop("tracker", self._work)
        self.wake = self._loop.wake
        self.on_success: Callable[[], None] = lambda: None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow jobs in the background until left."""
        async with self._loop.running():
            yield

    async def round(self) -> None:
        """Look at every active job now, due or not, and show what changed."""
        await self._display.round(patient=False)
        await self._look(await self._jobs.active())
        await self._display.round(patient=False)

    async def _work(self) -> float:
        await self._display.round()
        await self._look(await self._jobs.due(self._clock()))
        moments = filter(None, (await self._display.round(), await self._jobs.next_due()))
        pause = min(moments, default=None)
        return IDLE_SECONDS if pause is None else max(0.1, (pause - self._clock()).total_seconds())

    async def _look(self, jobs: Sequence[Job]) -> None:
        unborn = [job for job in jobs if job.remote_job_id is None]
        launches = (self._guarded(job, self._launch(job)) for job in unborn)
        await asyncio.gather(*launches, self._follow([job for job in jobs if job.remote_job_id is not None]))

    async def _launch(self, job: Job) -> None:
        await self._launcher.advance(job)
        now = self._clock()
        await self._jobs.schedule(job.id, now=now, next_check_at=next_check(job, now, moved=True))

    async def _follow(self, jobs: Sequence[Job]) -> None:
        if len(jobs) <= FEW:
            await asyncio.gather(*(self._guarded(job, self._refresh(job)) for job in jobs))
            return
        try:
            found = await self._llm.jobs_by_id(frozenset(filter(None, (job.remote_job_id for job in jobs))))
        except ModelServerError as error:
            for job in jobs:
                await self._guarded(job, _failing(error))
            return
        for number, job in enumerate(sorted(jobs, key=lambda job: _urgency(job, found))):
            remote = found.get(job.remote_job_id or "")
            if number < FEW:
                await self._guarded(job, self._refresh(job, remote))
            elif remote is not None and remote.status not in ENDED:
                await self._guarded(job, self._note(job, remote, ()))

    async def _refresh(self, job: Job, remote: RemoteJob | None = None) -> None:
        remote_id = job.remote_job_id or ""
        try:
            remote = remote or await self._llm.retrieve_job(remote_id)
        except RemoteNotFoundError as error:
            gone = {"status": "failed", "error_code": error.code, "error_message": VANISHED}
            await self._jobs.update(job.id, **gone, finished_at=self._clock())
            return
        known = frozenset(filter(None, (job.event_cursor,)))
        await self._note(job, remote, await self._llm.list_events(remote_id, known=known))

    async def _note(self, job: Job, remote: RemoteJob, events: Sequence[RemoteEvent]) -> None:
        now = self._clock()
        changes = {**news(job, remote, now), **progress(events)}
        moved = any(getattr(job, name) != value for name, value in changes.items())
        async with self._database.transaction():
            await self._jobs.add_events(job.id, events)
            await self._jobs.schedule(job.id, now=now, next_check_at=next_check(job, now, moved=moved))
            if moved:
                await self._jobs.update(job.id, **changes)
            if remote.status == "succeeded" and remote.fine_tuned_model:
                await self._registry.register(job, remote.fine_tuned_model)
        if remote.status == "succeeded":
            self.on_success()

    async def _guarded(self, job: Job, work: Awaitable[None]) -> None:
        """One bad job never stops the others; what failed is tried again, ever more calmly."""
        try:
            await work
        except ModelServerError as error:
            log.warning("Job %s: %s (request %s)", job.id, error, error.request_id)
            await self._attempt(job, self._postpone(job, unreachable=True))
        except Exception:
            log.exception("Job %s could not be followed; it is tried again.", job.id)
            await self._attempt(job, self._postpone(job, unreachable=False))

    async def _postpone(self, job: Job, *, unreachable: bool) -> None:
        now = self._clock()
        async with self._database.transaction():
            failures = job.failures + 1
            await self._jobs.schedule(job.id, now=now, next_check_at=next_try(failures, now), failures=failures)
            if unreachable and job.unreachable_since is None:
                await self._jobs.update(job.id, unreachable_since=now)

    async def _attempt(self, job: Job, write: Awaitable[None]) -> None:
        try:
            await write
        except Exception:  # a full disk, say: nothing is written, so the next round does it all again
            log.exception("Job %s could not be written down; it is tried again.", job.id)


def _urgency(job: Job, found: Mapping[str, RemoteJob]) -> tuple[bool, str]:
    """Ended and missing ones first, since their rows may end only with their last events read; then the longest unread."""
    remote = found.get(job.remote_job_id or "")
    return remote is not None and remote.status not in ENDED, to_text(job.checked_at or job.created_at)


async def _failing(error: ModelServerError) -> None:
    raise error
