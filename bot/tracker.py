"""Follows every active job of every server. The rows are the schedule: after a restart the next round simply goes on."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from bot.clock import Clock
from bot.errors import ModelServerError, RemoteNotFoundError
from bot.launching import Launcher
from bot.llm import LLM
from bot.registry import Registry
from bot.remote import RemoteEvent, RemoteJob, finite, whole
from bot.store.database import Database
from bot.store.jobs import Job, JobStore

log = logging.getLogger(__name__)

MOVING_SECONDS = 2.0
RESTING_SECONDS = 60.0
VANISHED = "The model server no longer knows this job. Launch it again if you still want the model."


@dataclass(frozen=True)
class Shown:
    """Where a job's message stands now."""

    channel_id: int
    message_id: int


class Announcer(Protocol):
    """Shows a job to its server; None when it cannot be shown now."""

    async def __call__(self, job: Job) -> Shown | None: ...


class Tracker:
    """One round looks at each active job once; `running()` does rounds until it is left."""

    def __init__(
        self, database: Database, jobs: JobStore, llm: LLM, launcher: Launcher, registry: Registry, clock: Clock
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._llm = llm
        self._launcher = launcher
        self._registry = registry
        self._clock = clock
        self._wake = asyncio.Event()
        self.announcer: Announcer | None = None

    def wake(self) -> None:
        """Start the next round at once."""
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow jobs in the background until left."""
        task = asyncio.create_task(self._run(), name="tracker")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                moving = await self.round()
            except Exception:  # the tracker must outlive whatever one round runs into
                log.exception("A round of the tracker failed; the next one tries again.")
                moving = True
            try:
                async with asyncio.timeout(MOVING_SECONDS if moving else RESTING_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def round(self) -> bool:
        """Look at every active job and show what changed; says whether anything still moves."""
        await self._announce()
        active = await self._jobs.active()
        for job in active:
            await self._guarded(job)
        await self._announce()
        return bool(active)

    async def _guarded(self, job: Job) -> None:
        try:
            await self._advance(job)
        except ModelServerError as error:
            log.warning("Job %s: %s (request %s)", job.id, error, error.request_id)
            if job.unreachable_since is None:
                await self._jobs.update(job.id, unreachable_since=self._clock())
        except Exception:  # one bad job never stops the others
            log.exception("Job %s could not be followed.", job.id)

    async def _advance(self, job: Job) -> None:
        if job.remote_job_id is None:
            await self._launcher.advance(job)
        else:
            await self._refresh(job, job.remote_job_id)

    async def _refresh(self, job: Job, remote_id: str) -> None:
        try:
            remote = await self._llm.retrieve_job(remote_id)
        except RemoteNotFoundError as error:
            await self._jobs.update(
                job.id, status="failed", error_code=error.code, error_message=VANISHED, finished_at=self._clock()
            )
            return
        events = await self._llm.list_events(remote_id, known=frozenset(filter(None, (job.event_cursor,))))
        changes = {**news(job, remote), **progress(events)}
        async with self._database.transaction():
            await self._jobs.add_events(job.id, events)
            if any(getattr(job, name) != value for name, value in changes.items()):
                await self._jobs.update(job.id, **changes)
            if remote.status == "succeeded" and remote.fine_tuned_model:
                await self._registry.register(job, remote.fine_tuned_model)

    async def _announce(self) -> None:
        if self.announcer is None:
            return
        for job in await self._jobs.unshown():
            try:
                shown = await self.announcer(job)
            except Exception:  # a message that cannot be sent is tried again in the next round
                log.exception("Job %s could not be shown.", job.id)
                continue
            if shown:
                await self._jobs.shown(job, channel_id=shown.channel_id, message_id=shown.message_id, now=self._clock())


def news(job: Job, remote: RemoteJob) -> dict[str, Any]:
    """What the server's view of a job sets in its row."""
    started = job.started_at or (remote.created_at if remote.status == "running" else None)
    return {
        "status": remote.status,
        "fine_tuned_model": remote.fine_tuned_model,
        "trained_tokens": remote.trained_tokens,
        "error_code": remote.error_code,
        "error_message": remote.error_message,
        "started_at": started,
        "estimated_finish": remote.estimated_finish,
        "finished_at": remote.finished_at,
        "unreachable_since": None,
    }


def progress(events: tuple[RemoteEvent, ...]) -> dict[str, Any]:
    """What new events (oldest first) set in a job's row: the cursor, and the last measured step."""
    changes: dict[str, Any] = {"event_cursor": events[-1].id} if events else {}
    for event in events:
        step = whole(event.data.get("step"))
        if event.type == "metrics" and step is not None:
            total = whole(event.data.get("total_steps"))
            changes |= {"step": step, "train_loss": finite(event.data.get("train_loss"))}
            changes |= {"total_steps": total} if total else {}
    return changes
