"""What admins do with a job that was launched: stop it, pause it, resume it, use its checkpoints."""

from collections.abc import Awaitable
from dataclasses import replace

from bot.clock import Clock
from bot.errors import ConflictError, NotFoundError, RemoteNotFoundError, RequestRefusedError
from bot.finetuning.service import FineTuneService
from bot.model_server.client import LLM
from bot.model_server.jobs import ENDED, Checkpoint, RemoteJob
from bot.registry.service import Registry
from bot.store.jobs import Job, JobStore
from bot.store.models import RegisteredModel
from bot.texts import finetuning as texts
from bot.texts.template import Text

PAUSED = ("pausing", "paused")


class JobControl:
    """Asks the model server to change a job's course; the tracker reads what comes of it."""

    def __init__(self, llm: LLM, finetunes: FineTuneService, jobs: JobStore, registry: Registry, clock: Clock) -> None:
        self._llm = llm
        self._finetunes = finetunes
        self._jobs = jobs
        self._registry = registry
        self._clock = clock

    async def cancel(self, guild_id: int, number: int) -> Job:
        """Stop a job. One that the server does not know yet ends here; else the server is asked, and the tracker reads the end."""
        job = await self._running(guild_id, number)
        if job.remote_job_id is None:
            cancelled = await self._jobs.cancel_unsubmitted(job, now=self._clock())
            if cancelled is None:
                raise ConflictError(texts.BEING_SUBMITTED, job=job.id)
            return cancelled
        await self._llm.fine_tuning.cancel_job(job.remote_job_id)
        await self._jobs.check_now(job.id)
        return job

    async def pause(self, guild_id: int, number: int) -> Job:
        """Ask the server to pause a job. Raises `ConflictError` if it is paused, has ended, or the server cannot."""
        job = await self._running(guild_id, number)
        if job.status in PAUSED:
            raise ConflictError(texts.ALREADY_PAUSED, job=job.id, status=texts.status_of(job.status))
        return await self._change(job, self._llm.fine_tuning.pause_job(self._remote_id(job)), texts.CANNOT_PAUSE)

    async def resume(self, guild_id: int, number: int) -> Job:
        """Ask the server to resume a paused job. Raises `ConflictError` likewise."""
        job = await self._running(guild_id, number)
        if job.status not in PAUSED:
            raise ConflictError(texts.NOT_PAUSED, job=job.id, status=texts.status_of(job.status))
        return await self._change(job, self._llm.fine_tuning.resume_job(self._remote_id(job)), texts.CANNOT_RESUME)

    async def checkpoints(self, guild_id: int, number: int) -> tuple[Job, tuple[Checkpoint, ...]]:
        """The job and its checkpoints, best first: by validation loss where all have one, else the latest.

        Raises `ConflictError` if the server keeps none.
        """
        job = await self._finetunes.get(guild_id, number)
        if job.remote_job_id is None:
            raise ConflictError(texts.NEVER_SUBMITTED, job=number)
        try:
            kept = await self._llm.fine_tuning.list_checkpoints(job.remote_job_id)
        except (RemoteNotFoundError, RequestRefusedError) as error:
            raise ConflictError(texts.NO_CHECKPOINTS_HERE, job=number, error=error) from error
        return job, tuple(sorted(kept, key=_quality))

    async def use_checkpoint(self, guild_id: int, user_id: int, number: int, step: int) -> RegisteredModel:
        """Make the checkpoint of that step a model of this guild, and its active one. Raises `NotFoundError`."""
        job, kept = await self.checkpoints(guild_id, number)
        chosen = next((checkpoint for checkpoint in kept if checkpoint.step == step), None)
        if chosen is None:
            steps = ", ".join(str(checkpoint.step) for checkpoint in kept) or texts.NO_STEPS
            raise NotFoundError(texts.NO_CHECKPOINT_AT, job=number, step=step, steps=steps)
        model = await self._registry.register(job, chosen.model)
        await self._registry.use(guild_id, user_id, chosen.model)
        return model

    async def _running(self, guild_id: int, number: int) -> Job:
        job = await self._finetunes.get(guild_id, number)
        if job.ended:
            raise ConflictError(texts.ALREADY_ENDED, job=number, status=texts.status_of(job.status))
        return job

    def _remote_id(self, job: Job) -> str:
        if job.remote_job_id is None:
            raise ConflictError(texts.NOT_STARTED, job=job.id)
        return job.remote_job_id

    async def _change(self, job: Job, request: Awaitable[RemoteJob], refusal: Text) -> Job:
        try:
            remote = await request
        except (RemoteNotFoundError, RequestRefusedError) as error:
            raise ConflictError(refusal, error=error) from error
        changed = job if remote.status in ENDED else replace(job, status=remote.status)
        await self._jobs.save(job, changed, now=self._clock())
        await self._jobs.check_now(job.id)
        return changed


def _quality(checkpoint: Checkpoint) -> tuple[bool, float, int]:
    loss = checkpoint.valid_loss
    return loss is None, loss or 0.0, -checkpoint.step
