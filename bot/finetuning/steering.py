"""What admins do with a job that was launched: stop it, pause it, go on, use what it kept along the way."""

from collections.abc import Awaitable, Callable

from bot.clock import Clock
from bot.errors import ConflictError, NotFoundError, RemoteNotFoundError, RequestRefusedError
from bot.finetuning.service import FineTuneService
from bot.llm import LLM
from bot.registry.service import Registry
from bot.remote import Checkpoint, RemoteJob
from bot.store.jobs import ENDED, Job, JobStore


class Steering:
    """Asks the model server to change a job's course, and lets the tracker follow at once with `wake`."""

    def __init__(
        self,
        llm: LLM,
        finetunes: FineTuneService,
        jobs: JobStore,
        registry: Registry,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._llm = llm
        self._finetunes = finetunes
        self._jobs = jobs
        self._registry = registry
        self._clock = clock
        self._wake = wake

    async def cancel(self, guild_id: int, number: int) -> Job:
        """Stop a job. One that the server does not know yet ends here; else the server is asked, and the row follows it."""
        job = await self._finetunes.get(guild_id, number)
        if job.ended:
            raise ConflictError(f"Job {number} is over already ({job.status}); there is nothing to stop.")
        if job.remote_job_id is None:
            return await self._cancel_unborn(job)
        remote = await self._llm.cancel_job(job.remote_job_id)
        await self._jobs.check_now(job.id)
        self._wake()
        if remote.status != "cancelled":  # it may have ended first: the tracker reads that with all that belongs to it
            return job
        return await self._jobs.update(job.id, status=remote.status, finished_at=self._clock(), unreachable_since=None)

    async def pause(self, guild_id: int, number: int) -> Job:
        """Ask the server to pause a job. Raises `ConflictError` if there is nothing to pause or the server cannot."""
        job, remote_id = await self._steerable(guild_id, number)
        return await self._steer(job, self._llm.pause_job(remote_id), "pausing")

    async def resume(self, guild_id: int, number: int) -> Job:
        """Ask the server to go on with a paused job. Raises `ConflictError` likewise."""
        job, remote_id = await self._steerable(guild_id, number)
        return await self._steer(job, self._llm.resume_job(remote_id), "resuming")

    async def checkpoints(self, guild_id: int, number: int) -> tuple[Job, tuple[Checkpoint, ...]]:
        """The job and what the server kept along its way. Raises `ConflictError` if the server keeps none."""
        job = await self._finetunes.get(guild_id, number)
        if job.remote_job_id is None:
            raise ConflictError(f"Job {number} never reached the model server; it has no checkpoints.")
        try:
            return job, await self._llm.list_checkpoints(job.remote_job_id)
        except (RemoteNotFoundError, RequestRefusedError) as error:
            raise ConflictError(
                f"The model server does not offer checkpoints for job {number}. It says: {error}"
            ) from error

    async def use_checkpoint(self, guild_id: int, user_id: int, number: int, step: int) -> Checkpoint:
        """Make the checkpoint of that step a model of this server, and its active one. Raises `NotFoundError`."""
        job, kept = await self.checkpoints(guild_id, number)
        chosen = next((checkpoint for checkpoint in kept if checkpoint.step == step), None)
        if chosen is None:
            steps = ", ".join(str(checkpoint.step) for checkpoint in kept) or "none"
            raise NotFoundError(f"Job {number} has no checkpoint at step {step}. It has: {steps}.")
        await self._registry.register(job, chosen.model)
        await self._registry.use(guild_id, user_id, chosen.model)
        return chosen

    async def _steerable(self, guild_id: int, number: int) -> tuple[Job, str]:
        job = await self._finetunes.get(guild_id, number)
        if job.ended or job.remote_job_id is None:
            raise ConflictError(f"Job {number} is {job.status}; there is nothing to pause or resume.")
        return job, job.remote_job_id

    async def _steer(self, job: Job, request: Awaitable[RemoteJob], what: str) -> Job:
        try:
            remote = await request
        except (RemoteNotFoundError, RequestRefusedError) as error:
            raise ConflictError(f"The model server does not offer {what} job {job.id}. It says: {error}") from error
        updated = await self._jobs.update(job.id, status=remote.status) if remote.status not in ENDED else job
        await self._jobs.check_now(job.id)
        self._wake()
        return updated

    async def _cancel_unborn(self, job: Job) -> Job:
        cancelled = await self._jobs.cancel_unsubmitted(job.id, now=self._clock())
        if cancelled is None:
            raise ConflictError(
                f"Job {job.id} is being handed to the model server right now. Try again in a few seconds."
            )
        self._wake()
        return cancelled
