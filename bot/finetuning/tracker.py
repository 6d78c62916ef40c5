"""Follows every active job of every guild. The rows are the schedule: after a restart the next round simply goes on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.clock import Clock
from bot.errors import DatabaseBusyError, ModelServerError, NotFoundError, RemoteNotFoundError, StorageError
from bot.finetuning.launching import Launcher
from bot.finetuning.progress import next_check, next_try, updated
from bot.loop import Loop
from bot.model_server.client import LLM
from bot.model_server.jobs import ENDED, RemoteEvent, RemoteJob
from bot.registry.service import Registry
from bot.store.database import Database, to_text
from bot.store.events import EventStore
from bot.store.jobs import FILES_KEPT_FOR, TOPIC, Job, JobStore
from bot.texts.finetuning import VANISHED

log = logging.getLogger(__name__)

IDLE_SECONDS, UNWRITTEN_SECONDS = 3600.0, 30.0
# Up to so many jobs are asked for one by one; more are read from the server's list, and only so many histories a round.
MAX_SINGLE_REQUESTS = 3


class Tracker:
    """Looks at jobs when they are due, and writes down what changed."""

    def __init__(
        self, database: Database, jobs: JobStore, llm: LLM, launcher: Launcher, registry: Registry, clock: Clock
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._events = EventStore(database)
        self._llm = llm
        self._launcher = launcher
        self._registry = registry
        self._clock = clock
        self._loop = Loop("tracker", self._work, database.subscribe(TOPIC))
        self._unwritten = False  # whether a failure could not even be written down, as on a full disk

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow jobs in the background until left."""
        async with self._loop.running():
            yield

    async def round(self) -> None:
        """Look at every unfinished job now, due or not."""
        await self._look(await self._jobs.unfinished(self._clock()))

    async def _work(self) -> float:
        self._unwritten = False
        await self._look(await self._jobs.due(self._clock()))
        if self._unwritten:
            return UNWRITTEN_SECONDS
        now = self._clock()
        due = await self._jobs.next_due(now)
        return IDLE_SECONDS if due is None else max(0.1, (due - now).total_seconds())

    async def _look(self, jobs: Sequence[Job]) -> None:
        alone = [self._guarded(job, self._clean_up(job)) for job in jobs if job.ended]
        alone += [self._clean_up_early(job) for job in jobs if self._is_overdue(job)]
        alone += [self._guarded(job, self._launch(job)) for job in jobs if not job.ended and job.remote_job_id is None]
        await asyncio.gather(*alone, self._follow([job for job in jobs if not job.ended and job.remote_job_id]))

    async def _launch(self, job: Job) -> None:
        job = await self._launcher.advance(job)
        now = self._clock()
        await self._jobs.schedule(job.id, now=now, next_check_at=next_check(job, now, moved=True))
        if job.remote_job_id is not None:
            await self._refresh(job)

    async def _clean_up(self, job: Job) -> None:
        await self._launcher.remove_files(job)

    def _is_overdue(self, job: Job) -> bool:
        """Whether the job still runs so long after somebody withdrew what its files hold that they cannot wait for its end."""
        waits_since = job.files_withdrawn_at if not job.ended and job.remote_job_id else None
        return waits_since is not None and self._clock() - waits_since >= FILES_KEPT_FOR

    async def _clean_up_early(self, job: Job) -> None:
        """A failure says nothing about the job: the next round tries again."""
        try:
            await self._launcher.remove_files(job)
        except ModelServerError as error:
            log.warning(
                "The withdrawn files of job %s are still there: %s (request %s)", job.id, error, error.request_id
            )

    async def _follow(self, jobs: Sequence[Job]) -> None:
        if len(jobs) <= MAX_SINGLE_REQUESTS:
            await asyncio.gather(*(self._guarded(job, self._refresh(job)) for job in jobs))
            return
        try:
            found = await self._llm.fine_tuning.jobs_by_id(frozenset(filter(None, (job.remote_job_id for job in jobs))))
        except ModelServerError as error:
            for job in jobs:
                await self._guarded(job, _failing(error))
            return
        for number, job in enumerate(sorted(jobs, key=lambda job: _urgency(job, found))):
            remote = found.get(job.remote_job_id or "")
            if number < MAX_SINGLE_REQUESTS:
                await self._guarded(job, self._refresh(job, remote))
            elif remote is not None and remote.status not in ENDED:
                await self._guarded(job, self._note(job, remote, ()))

    async def _refresh(self, job: Job, remote: RemoteJob | None = None) -> None:
        """Read a job and its new events. A job is only ever ended here, with all that belongs to its end."""
        remote_id = job.remote_job_id or ""
        try:
            remote = remote or await self._llm.fine_tuning.retrieve_job(remote_id)
        except RemoteNotFoundError as error:
            now = self._clock()
            gone = replace(job, status="failed", error_code=error.code, error_message=VANISHED.english, finished_at=now)
            await self._jobs.save(job, gone, now=now)
            return
        known = frozenset(filter(None, (job.event_cursor,)))
        await self._note(job, remote, await self._llm.fine_tuning.list_events(remote_id, known=known))

    async def _note(self, job: Job, remote: RemoteJob, events: Sequence[RemoteEvent]) -> None:
        now = self._clock()
        after = updated(job, remote, events, now)
        async with self._database.transaction():
            await self._events.add(job.id, events)
            await self._jobs.schedule(job.id, now=now, next_check_at=next_check(job, now, moved=after != job))
            await self._jobs.save(job, after, now=now)
            if after.status == "succeeded" and after.fine_tuned_model:
                await self._registry.register(after, after.fine_tuned_model)

    async def _guarded(self, job: Job, work: Awaitable[None]) -> None:
        """One bad job never stops the others; what failed is tried again, ever later."""
        try:
            await work
        except ModelServerError as error:
            log.warning("Job %s: %s (request %s)", job.id, error, error.request_id)
            await self._postpone(job, unreachable=True)
        except (DatabaseBusyError, NotFoundError, StorageError) as error:  # its rows, or its training file
            log.warning("Job %s could not be followed: %s", job.id, error)
            await self._postpone(job, unreachable=False)
        except Exception:
            log.exception("Job %s could not be followed. It will be tried again.", job.id)
            await self._postpone(job, unreachable=False)

    async def _postpone(self, job: Job, *, unreachable: bool) -> None:
        now = self._clock()
        failures = job.failures + 1
        try:
            async with self._database.transaction():
                await self._jobs.schedule(
                    job.id, now=now, next_check_at=next_try(job, failures, now), failures=failures
                )
                if unreachable and not job.ended and job.unreachable_since is None:
                    await self._jobs.save(job, replace(job, unreachable_since=now), now=now)
        except Exception:  # nothing is written, so a later round does it all again
            self._unwritten = True
            log.exception("The failure of job %s could not be written down.", job.id)


def _urgency(job: Job, found: Mapping[str, RemoteJob]) -> tuple[bool, str]:
    """Ended and missing ones first, since their rows may end only with their last events read; then the longest unread."""
    remote = found.get(job.remote_job_id or "")
    return remote is not None and remote.status not in ENDED, to_text(job.checked_at or job.created_at)


async def _failing(error: ModelServerError) -> None:
    raise error
