"""Sees to it that each finished job gets one report, which its channel is then owed."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.backoff import backoff
from bot.clock import Clock
from bot.errors import DatabaseBusyError, ModelServerError, StorageError
from bot.loop import Loop
from bot.reports.evaluation import Evaluator
from bot.reports.report import Report, dump_report, load_report
from bot.store.database import Database
from bot.store.datasets import Dataset, DatasetStore
from bot.store.jobs import Job, JobStore
from bot.store.models import TOPIC, ModelStore
from bot.store.reports import ReportStore

log = logging.getLogger(__name__)

LAUNCHED_WITHIN = timedelta(days=14)  # nobody waits for the reports of older jobs, and asking may cost money
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
MAX_ATTEMPTS = 8  # about two hours in all
ROUND_SECONDS = 30.0


class Reporter:
    """Rows are the schedule. Every attempt is counted before it asks anything, whatever then goes wrong."""

    def __init__(
        self, database: Database, jobs: JobStore, models: ModelStore, evaluator: Evaluator, clock: Clock
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._reports = ReportStore(database)
        self._datasets = DatasetStore(database)
        self._models = models
        self._evaluator = evaluator
        self._clock = clock
        self._loop = Loop("reporter", self._work, database.subscribe(TOPIC))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write reports in the background until left; in a task of its own, so that jobs are followed meanwhile."""
        async with self._loop.running():
            yield

    async def find(self, job_id: int) -> Report | None:
        """The job's report, if it is written."""
        stored = await self._reports.get(job_id)
        return load_report(stored) if stored else None

    async def round(self) -> None:
        """Evaluate what has no report and is due; what fails is tried again later, and not for ever."""
        now = self._clock()
        for job_id in await self._reports.due(now, now - LAUNCHED_WITHIN):
            await self._evaluate(await self._jobs.by_id(job_id))

    async def _work(self) -> float:
        await self.round()
        return ROUND_SECONDS

    async def _evaluate(self, job: Job) -> None:
        attempt = await self._reports.count_attempt(job.id, now=self._clock())
        dataset = await self._datasets.by_id(job.dataset_id)
        try:
            asked = attempt <= MAX_ATTEMPTS
            report = await (self._evaluator.evaluate(job) if asked else self._evaluator.unanswered(job))
            if not await self._write(job, report, dataset):
                log.info("The dataset of job %s was deleted meanwhile. It is evaluated anew without it.", job.id)
                await self._postpone(job, attempt)
        except ModelServerError as error:
            log.warning("Job %s could not be evaluated: %s (request %s)", job.id, error, error.request_id)
            await self._postpone(job, attempt)
        except (DatabaseBusyError, StorageError) as error:
            log.warning("Job %s could not be evaluated: %s", job.id, error)
            await self._postpone(job, attempt)
        except Exception:  # one bad job never stops the others
            log.exception("Job %s could not be evaluated.", job.id)
            await self._postpone(job, attempt)

    async def _postpone(self, job: Job, attempt: int) -> None:
        at = self._clock() + backoff(attempt, FIRST_PAUSE, LONGEST_PAUSE)
        try:
            await self._reports.next_attempt_at(job.id, at)
        except Exception:  # it stays due; the attempt is counted, so this does not go on for ever
            log.exception("The next evaluation of job %s could not be postponed.", job.id)

    async def _write(self, job: Job, report: Report, dataset: Dataset) -> bool:
        """False if the dataset was deleted meanwhile: a withdrawn example may be among the questions."""
        async with self._database.transaction():
            if (await self._datasets.by_id(dataset.id)).removed_at != dataset.removed_at:
                return False
            if await self._reports.write(job.id, job.guild_id, job.channel_id, dump_report(report), now=self._clock()):
                await self._models.set_score(job.guild_id, report.model, report.score)
        return True
