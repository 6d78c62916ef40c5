"""From a pending row to a job on the model server: never lost, never twice.

Each step is written down before or right after the remote act, so that the same code carries on after a crash:
no file id → upload; a file id → claim, then create; claimed without a job id → the create call's outcome is unknown, so the job
is looked for by its launch id or file, and never created again.
"""

import logging
from datetime import timedelta

from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.errors import (
    ModelServerError,
    ServerFailedError,
    ServerNonsenseError,
    ServerUnreachableError,
)
from bot.llm import LLM
from bot.remote import RemoteJob
from bot.store.datasets import DatasetStore
from bot.store.jobs import Job, JobStore

log = logging.getLogger(__name__)

# How many request timeouts a job may stay invisible after its create call before the launch counts as failed.
GRACE_TIMEOUTS = 4
# After these nobody knows whether the server acted.
UNCERTAIN = (ServerUnreachableError, ServerFailedError, ServerNonsenseError)
NOT_CONFIRMED = "The model server never confirmed the job. Nothing is running; launch it again."


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
        self._grace = grace
        self._llm = llm
        self._jobs = jobs
        self._datasets = datasets
        self._files = files
        self._clock = clock

    async def advance(self, job: Job) -> None:
        """Take a pending job as far as it goes now. A failure that is final ends the row; others are left for the next round."""
        if job.submitted_at is not None:
            await self._find(job)  # no failure here is final: the job may be running where the list cannot be read
            return
        try:
            if job.remote_file_id is None:
                await self._create(await self._upload(job))
            else:
                await self._create(job)
        except UNCERTAIN:
            raise
        except ModelServerError as error:
            await self._fail(job, error)

    async def _upload(self, job: Job) -> Job:
        dataset = await self._datasets.by_id(job.dataset_id)
        validation = self._files.validation_path(dataset)
        if validation is not None and job.remote_validation_file_id is None:
            held_back = await self._llm.upload_training_file(validation, f"{job.launch_id}-validation.jsonl")
            await self._jobs.update(job.id, remote_validation_file_id=held_back)
        file_id = await self._llm.upload_training_file(self._files.path(dataset), f"{job.launch_id}.jsonl")
        return await self._jobs.update(job.id, remote_file_id=file_id)

    async def _create(self, job: Job) -> None:
        if job.remote_file_id is None or not await self._jobs.claim_submission(job.id, now=self._clock()):
            return
        remote = await self._llm.create_job(
            base_model=job.base_model,
            file_id=job.remote_file_id,
            validation_file_id=job.remote_validation_file_id,
            epochs=job.epochs,
            suffix=job.suffix,
            launch_id=job.launch_id,
        )
        await self._adopt(job, remote)

    async def _find(self, job: Job) -> None:
        remote = await self._llm.find_job(job.launch_id, job.remote_file_id)
        if remote is not None:
            await self._adopt(job, remote)
            return
        if job.submitted_at is not None and self._clock() - job.submitted_at > self._grace:
            await self._end(job, "not_confirmed", NOT_CONFIRMED)

    async def _adopt(self, job: Job, remote: RemoteJob) -> None:
        log.info("Job %s is %s on the model server.", job.id, remote.id)
        await self._jobs.update(job.id, remote_job_id=remote.id, status=remote.status, unreachable_since=None)

    async def _fail(self, job: Job, error: ModelServerError) -> None:
        log.warning("Job %s could not be launched: %s (request %s)", job.id, error, error.request_id)
        await self._end(job, error.code, str(error))
        current = await self._jobs.by_id(job.id)
        for file_id in filter(None, (current.remote_file_id, current.remote_validation_file_id)):
            await self._delete(file_id)

    async def _delete(self, file_id: str) -> None:
        try:
            await self._llm.delete_file(file_id)
        except ModelServerError as refusal:  # the verdict on the job stands without it
            log.warning("The file %s stays on the model server: %s", file_id, refusal)

    async def _end(self, job: Job, code: str | None, message: str) -> None:
        await self._jobs.update(
            job.id, status="failed", error_code=code, error_message=message, finished_at=self._clock()
        )
