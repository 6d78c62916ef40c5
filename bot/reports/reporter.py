"""Sees to it that each finished job gets one report, and that its server sees it once."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.errors import ModelServerError
from bot.loop import Loop
from bot.reports.evaluation import Evaluator
from bot.reports.report import Report, from_json, to_json
from bot.store.database import Database
from bot.store.jobs import Job, JobStore
from bot.store.models import ModelStore
from bot.store.reports import ReportStore, StoredReport

log = logging.getLogger(__name__)

# Older jobs are left alone: nobody waits for their reports, and asking may cost money.
LAUNCHED_WITHIN, WRITTEN_WITHIN = timedelta(days=14), timedelta(days=7)
SOONEST, LATEST = timedelta(minutes=1), timedelta(hours=1)
MOST_TRIES = 8  # about two hours in all
WAITING_SECONDS, IDLE_SECONDS = 30.0, 3600.0


class ReportAnnouncer(Protocol):
    """Shows a report to its server, and says whether Discord accepted it."""

    async def __call__(self, job: Job, report: Report) -> bool: ...


class Reporter:
    """Rows are the schedule: a succeeded job without a report is evaluated, a report that was not shown is shown."""

    def __init__(
        self,
        database: Database,
        jobs: JobStore,
        reports: ReportStore,
        models: ModelStore,
        evaluator: Evaluator,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._reports = reports
        self._models = models
        self._evaluator = evaluator
        self._clock = clock
        self.announcer: ReportAnnouncer | None = None
        self._evaluating, self._showing = _Patience(clock), _Patience(clock)
        self._loop = Loop("reporter", self._work)
        self.wake = self._loop.wake

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Make and show reports in the background until left; in a task of its own, so that jobs are followed meanwhile."""
        async with self._loop.running():
            yield

    def announce_with(self, announcer: ReportAnnouncer) -> None:
        """From now on reports are shown this way, beginning with those that wait."""
        self.announcer = announcer
        self.wake()

    async def find(self, job_id: int) -> Report | None:
        """The job's report, if it is written."""
        stored = await self._reports.get(job_id)
        return from_json(stored.report) if stored else None

    async def round(self) -> None:
        """Evaluate what has no report, and show what was not shown; what fails is tried again later."""
        await self._show_all()
        for job_id in await self._reports.missing(self._clock() - LAUNCHED_WITHIN):
            if self._evaluating.due(job_id):
                await self._guarded_evaluation(job_id)
                await self._show_all()

    async def _work(self) -> float:
        await self.round()
        now = self._clock()
        waiting = await self._reports.missing(now - LAUNCHED_WITHIN) or await self._reports.unshown(
            now - WRITTEN_WITHIN
        )
        return WAITING_SECONDS if waiting else IDLE_SECONDS

    async def _guarded_evaluation(self, job_id: int) -> None:
        job = await self._jobs.by_id(job_id)
        try:
            await self._write(job, await self._evaluator.evaluate(job))
        except ModelServerError as error:
            log.warning("Job %s could not be evaluated: %s (request %s)", job_id, error, error.request_id)
            if self._evaluating.failed(job_id) >= MOST_TRIES:
                await self._write(job, await self._evaluator.unanswered(job))
        except Exception:  # one bad job never stops the others
            log.exception("Job %s could not be evaluated; it is tried again.", job_id)
            self._evaluating.failed(job_id)

    async def _write(self, job: Job, report: Report) -> None:
        async with self._database.transaction():
            if await self._reports.add(job.id, to_json(report), now=self._clock()):
                await self._models.rate(job.guild_id, report.model, report.score)

    async def _show_all(self) -> None:
        if self.announcer is None:
            return
        for stored in await self._reports.unshown(self._clock() - WRITTEN_WITHIN):
            if self._showing.due(stored.job_id):
                await self._show(self.announcer, stored)

    async def _show(self, announcer: ReportAnnouncer, stored: StoredReport) -> None:
        try:
            accepted = await announcer(await self._jobs.by_id(stored.job_id), from_json(stored.report))
        except Exception:  # Discord may be down; the row keeps it
            log.exception("The report on job %s could not be shown; it is tried again.", stored.job_id)
            accepted = False
        if accepted:
            await self._reports.shown(stored.job_id, now=self._clock())
        else:
            self._showing.failed(stored.job_id)


class _Patience:
    """When what failed is tried again: after a minute, then twice as long each time, up to an hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: dict[int, tuple[int, datetime]] = {}

    def due(self, job_id: int) -> bool:
        return job_id not in self._failures or self._failures[job_id][1] <= self._clock()

    def failed(self, job_id: int) -> int:
        """Count a failure; returns how many there were."""
        tries = self._failures.get(job_id, (0, None))[0] + 1
        pause: timedelta = min(LATEST, SOONEST * 2 ** min(tries - 1, 10))
        self._failures[job_id] = (tries, self._clock() + pause)
        return tries
