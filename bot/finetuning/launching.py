"""From a pending row to a job on the model server: never lost, never twice.

Each step is written down around the remote act, so that the same code carries on after a crash: no file id → upload; a file
id → claim, then create; claimed without a job id → the create call's outcome is unknown, and the job is looked for. Before
anything is uploaded or created, the server is asked whether it has it already: a row may be older than the truth, after a loss
of power or where a backup was restored.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.errors import (
    ModelServerError,
    RemoteNotFoundError,
    ServerFailedError,
    ServerNonsenseError,
    ServerUnreachableError,
)
from bot.model_server.client import LLM
from bot.model_server.jobs import ENDED, RemoteJob
from bot.store.datasets import DatasetStore
from bot.store.jobs import Job, JobStore
from bot.texts.finetuning import NOT_CONFIRMED

log = logging.getLogger(__name__)

# How many request timeouts a job may stay invisible after its create call before the launch counts as failed.
GRACE_TIMEOUTS = 4
# After these nobody knows whether the server acted.
UNCERTAIN = (ServerUnreachableError, ServerFailedError, ServerNonsenseError)


class Launcher:
    """Brings pending jobs to the server. A job that the server has not shown `grace` after its create call was not created."""

    def __init__(
        self,
        llm: LLM,
        jobs: JobStore,
        datasets: DatasetStore,
        files: DatasetService,
        clock: Clock,
        *,
        grace: timedelta,
    ) -> None:
        self._llm = llm
        self._jobs = jobs
        self._datasets = datasets
        self._files = files
        self._clock = clock
        self._grace = grace

    async def advance(self, job: Job) -> Job:
        """Take a pending job as far as it goes now. A failure that is final ends the row; others are left for the next round."""
        if job.submitted_at is not None:
            return await self._find(job)  # no failure is final here: the job may run where the list cannot be read
        try:
            return await self._create(await self._upload(job))
        except UNCERTAIN:
            raise
        except ModelServerError as error:
            log.warning("Job %s could not be launched: %s (request %s)", job.id, error, error.request_id)
            return await self._end(await self._jobs.by_id(job.id), error.code, str(error))

    async def remove_files(self, job: Job) -> None:
        """Delete a job's training files from the server, and forget their ids. Raises `ModelServerError`."""
        known = {
            job.remote_file_id,
            job.remote_validation_file_id,
            *await self._llm.fine_tuning.find_files(job.launch_id),
        }
        for file_id in filter(None, known):
            with suppress(RemoteNotFoundError):
                await self._llm.fine_tuning.delete_file(file_id)
        now = self._clock()
        await self._jobs.save(job, replace(job, remote_file_id=None, remote_validation_file_id=None), now=now)
        if job.files_withdrawn_at is not None:
            await self._jobs.files_are_gone(job.id)

    async def _upload(self, job: Job) -> Job:
        if job.remote_file_id is not None:
            return job
        dataset = await self._datasets.by_id(job.dataset_id)
        if dataset.removed_at is not None:  # withdrawn, and the job cancelled, since this round began
            return await self._jobs.by_id(job.id)
        known = {name: file_id for file_id, name in (await self._llm.fine_tuning.find_files(job.launch_id)).items()}
        async with self._files.parts(dataset) as parts:
            if parts.validation is not None and job.remote_validation_file_id is None:
                name = f"{job.launch_id}-validation.jsonl"
                file_id = known.get(name) or await self._llm.fine_tuning.upload_training_file(parts.validation, name)
                job = await self._save(job, replace(job, remote_validation_file_id=file_id))
            name = f"{job.launch_id}.jsonl"
            file_id = known.get(name) or await self._llm.fine_tuning.upload_training_file(parts.training, name)
            return await self._save(job, replace(job, remote_file_id=file_id))

    async def _create(self, job: Job) -> Job:
        if job.remote_file_id is None or not await self._jobs.claim_submission(job.id, now=self._clock()):
            return await self._jobs.by_id(job.id)
        remote = await self._llm.fine_tuning.find_job(
            job.launch_id, job.remote_file_id
        ) or await self._llm.fine_tuning.create_job(
            base_model=job.base_model,
            file_id=job.remote_file_id,
            validation_file_id=job.remote_validation_file_id,
            epochs=job.epochs,
            suffix=job.suffix,
            launch_id=job.launch_id,
            method=job.method,
        )
        return await self._adopt(job, remote)

    async def _find(self, job: Job) -> Job:
        remote = await self._llm.fine_tuning.find_job(job.launch_id, job.remote_file_id)
        if remote is not None:
            return await self._adopt(job, remote)
        if job.submitted_at is not None and self._clock() - job.submitted_at > self._grace:
            return await self._end(job, "not_confirmed", NOT_CONFIRMED.english)
        return job

    async def _adopt(self, job: Job, remote: RemoteJob) -> Job:
        """Write down which job it is. That it has ended is left for the tracker to read, with all that belongs to an end."""
        log.info("Job %s is %s on the model server.", job.id, remote.id)
        status = job.status if remote.status in ENDED else remote.status
        return await self._save(job, replace(job, remote_job_id=remote.id, status=status, unreachable_since=None))

    async def _end(self, job: Job, code: str | None, message: str) -> Job:
        ended = replace(job, status="failed", error_code=code, error_message=message, finished_at=self._clock())
        return await self._save(job, ended)

    async def _save(self, before: Job, after: Job) -> Job:
        await self._jobs.save(before, after, now=self._clock())
        return await self._jobs.by_id(before.id)
