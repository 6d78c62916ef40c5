"""A job's history: every change of a job is stored together with the event that tells of it."""

from collections.abc import Sequence
from typing import Literal, TypedDict, Unpack

from openai.types import FileObject
from openai.types.fine_tuning import FineTuningJobEvent
from openai.types.fine_tuning.fine_tuning_job import Error, Hyperparameters, Method
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint

from engine.protocol.objects import UNFINISHED, Status, StoredJob, StoredModel, new_id, new_method, now
from engine.storage.state import State
from engine.training.task import Hyperparameters as ResolvedHyperparameters
from engine.training.task import Metrics
from engine.training.trainer import RefusedError

Level = Literal["info", "warn", "error"]


class Place(TypedDict, total=False):
    """How far a training's reports have become part of a job's history."""

    reports_stored: int


class JobChanges(Place, total=False):
    status: Status
    hyperparameters: Hyperparameters
    method: Method
    epoch_tokens: int
    estimated_finish: int | None
    finished_at: int
    trained_tokens: int
    fine_tuned_model: str
    result_files: list[str]
    error: Error


class JobHistory:
    def __init__(self, state: State) -> None:
        self._state = state

    async def add(self, job: StoredJob) -> None:
        async with self._state.transaction():
            await self._state.jobs.add(job)
            await self._add_event(job.id, f"Created fine-tuning job: {job.id}")
            held_out = f" and validation file: {job.validation_file}" if job.validation_file else ""
            await self._add_event(job.id, f"Validating training file: {job.training_file}{held_out}")

    async def change(
        self,
        job_id: str,
        message: str,
        *,
        when: Sequence[Status] = UNFINISHED,
        level: Level = "info",
        metrics: Metrics | None = None,
        **changes: Unpack[JobChanges],
    ) -> StoredJob | None:
        """Change fields of a job and add an event. None, and nothing is stored, where its status is not among `when`."""
        async with self._state.transaction():
            job = await self._unfinished(job_id, when)
            if job is None:
                return None
            await self._add_event(job_id, message, level, metrics)
            return await self._update(job, changes)

    async def validated(self, job: StoredJob, chosen: ResolvedHyperparameters, epoch_tokens: int) -> None:
        await self.change(
            job.id,
            "Files validated, moving job to queued state",
            when=("validating_files",),
            status="queued",
            hyperparameters=Hyperparameters.model_validate(chosen.model_dump(exclude={"beta"})),
            method=new_method(job.method_name, chosen.model_dump(exclude_none=True)),
            epoch_tokens=epoch_tokens,
        )

    async def fail(self, job_id: str, reason: RefusedError) -> StoredJob | None:
        return await self.change(
            job_id,
            f"The job failed: {reason.message}",
            level="error",
            status="failed",
            error=Error(code=reason.code, message=reason.message, param=reason.param),
            estimated_finish=None,
            finished_at=now(),
        )

    async def cancel(self, job_id: str) -> StoredJob | None:
        ended: JobChanges = {"status": "cancelled", "estimated_finish": None, "finished_at": now()}
        return await self.change(job_id, "The job was cancelled", **ended)

    async def add_metrics(self, job_id: str, metrics: Metrics, **changes: Unpack[JobChanges]) -> None:
        message = f"Step {metrics['step']}/{metrics['total_steps']}: training loss={metrics['train_loss']:.3f}"
        if "valid_loss" in metrics:
            message += f", validation loss={metrics['valid_loss']:.3f}"
        await self.change(job_id, message, metrics=metrics, **changes)

    async def add_checkpoint(
        self, job_id: str, checkpoint: FineTuningJobCheckpoint, model: StoredModel, **changes: Unpack[JobChanges]
    ) -> None:
        async with self._state.transaction():
            job = await self._unfinished(job_id)
            if job is None or await self._state.models.get(model.id):
                return
            await self._state.models.add(model)
            await self._state.checkpoints.add(checkpoint, parent=job_id)
            await self._add_event(job_id, f"Checkpoint created at step {checkpoint.step_number}: {model.id}")
            await self._update(job, changes)

    async def succeed(self, job_id: str, model: StoredModel, results: FileObject) -> StoredJob | None:
        """Register the job's model and its file of metrics and end the job, together."""
        async with self._state.transaction():
            job = await self._unfinished(job_id)
            if job is None:
                return None
            await self._state.models.add(model)
            await self._state.files.add(results, parent=results.purpose)
            await self._add_event(job_id, f"New fine-tuned model created: {model.id}")
            await self._add_event(job_id, "The job has successfully completed")
            ended: JobChanges = {
                "status": "succeeded",
                "fine_tuned_model": model.id,
                "finished_at": now(),
                "estimated_finish": None,
                "trained_tokens": job.epoch_tokens * int(job.hyperparameters.n_epochs or 1),
                "result_files": [results.id],
            }
            return await self._update(job, ended)

    async def _unfinished(self, job_id: str, when: Sequence[Status] = UNFINISHED) -> StoredJob | None:
        job = await self._state.jobs.get(job_id)
        return job if job and job.status in when else None

    async def _update(self, job: StoredJob, changes: JobChanges) -> StoredJob:
        changed = job.model_copy(update=dict(changes))
        await self._state.jobs.update(changed)
        return changed

    async def _add_event(self, job_id: str, message: str, level: Level = "info", data: Metrics | None = None) -> None:
        event = FineTuningJobEvent(
            id=new_id("ftevent-"),
            created_at=now(),
            level=level,
            message=message,
            object="fine_tuning.job.event",
            type="metrics" if data else "message",
            data=data,
        )
        await self._state.events.add(event, parent=job_id)
