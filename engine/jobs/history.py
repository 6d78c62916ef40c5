"""A job's life: every change of state is stored together with the event that tells of it."""

from collections.abc import Sequence
from typing import Any, Literal

from engine.protocol.objects import (
    UNFINISHED,
    FileObject,
    FineTuningJobCheckpoint,
    FineTuningJobEvent,
    Status,
    StoredJob,
    StoredModel,
    new_id,
    now,
)
from engine.storage.state import State

Level = Literal["info", "warn", "error"]
Metrics = dict[str, float | int]


class Journal:
    """Writes jobs and their events."""

    def __init__(self, state: State) -> None:
        """Use one journal for each state."""
        self._state = state

    async def open(self, job: StoredJob) -> None:
        """Store a new job with its first events."""
        async with self._state.transaction():
            await self._state.jobs.add(job)
            await self._tell(job.id, f"Created fine-tuning job: {job.id}")
            held_out = f" and validation file: {job.validation_file}" if job.validation_file else ""
            await self._tell(job.id, f"Validating training file: {job.training_file}{held_out}")

    async def change(
        self,
        job_id: str,
        message: str,
        *,
        when: Sequence[Status] = UNFINISHED,
        level: Level = "info",
        **changes: Any,
    ) -> StoredJob | None:
        """Change fields of a job and say so. None, and nothing is stored, where its status is not among `when`."""
        return await self._change(job_id, message, level, when, changes)

    async def fail(self, job_id: str, code: str, message: str, param: str | None = None) -> StoredJob | None:
        """End a job with an error."""
        error = {"code": code, "message": message, "param": param}
        ended = {"status": "failed", "error": error, "estimated_finish": None, "finished_at": now()}
        return await self._change(job_id, f"The job failed: {message}", "error", UNFINISHED, ended)

    async def cancel(self, job_id: str) -> StoredJob | None:
        """End a job because a client asked for it."""
        ended = {"status": "cancelled", "estimated_finish": None, "finished_at": now()}
        return await self._change(job_id, "The job was cancelled", "info", UNFINISHED, ended)

    async def measure(self, job_id: str, metrics: Metrics, finish_at: int | None) -> StoredJob | None:
        """Store what a step showed, and when the job should end."""
        message = f"Step {metrics['step']}/{metrics['total_steps']}: training loss={metrics['train_loss']:.3f}"
        if "valid_loss" in metrics:
            message += f", validation loss={metrics['valid_loss']:.3f}"
        return await self._change(job_id, message, "info", UNFINISHED, {"estimated_finish": finish_at}, metrics)

    async def keep(self, job_id: str, checkpoint: FineTuningJobCheckpoint, model: StoredModel) -> None:
        """Register a checkpoint as a model, once."""
        async with self._state.transaction():
            job = await self._job_in(job_id, UNFINISHED)
            if job is None or await self._state.models.get(model.id):
                return
            await self._state.models.add(model)
            await self._state.checkpoints.add(checkpoint, parent=job_id)
            await self._tell(job_id, f"Checkpoint created at step {checkpoint.step_number}: {model.id}")

    async def succeed(self, job_id: str, model: StoredModel, results: FileObject) -> StoredJob | None:
        """Register the job's model and its file of metrics and end the job, together."""
        async with self._state.transaction():
            job = await self._job_in(job_id, UNFINISHED)
            if job is None:
                return None
            ended = {
                "status": "succeeded",
                "fine_tuned_model": model.id,
                "finished_at": now(),
                "estimated_finish": None,
                "trained_tokens": job.epoch_tokens * int(job.hyperparameters.n_epochs or 1),
                "result_files": [results.id],
            }
            await self._state.models.add(model)
            await self._state.files.add(results, parent=results.purpose)
            await self._tell(job_id, f"New fine-tuned model created: {model.id}")
            await self._tell(job_id, "The job has successfully completed")
            return await self._store(job, ended)

    async def _change(
        self,
        job_id: str,
        message: str,
        level: Level,
        when: Sequence[Status],
        changes: dict[str, Any],
        metrics: Metrics | None = None,
    ) -> StoredJob | None:
        async with self._state.transaction():
            job = await self._job_in(job_id, when)
            if job is None:
                return None
            await self._tell(job_id, message, level, metrics)
            return await self._store(job, changes)

    async def _job_in(self, job_id: str, when: Sequence[Status]) -> StoredJob | None:
        job = await self._state.jobs.get(job_id)
        return job if job and job.status in when else None

    async def _store(self, job: StoredJob, changes: dict[str, Any]) -> StoredJob:
        changed = StoredJob.model_validate({**job.model_dump(), **changes})
        await self._state.jobs.update(changed)
        return changed

    async def _tell(self, job_id: str, message: str, level: Level = "info", metrics: Metrics | None = None) -> None:
        event = FineTuningJobEvent(
            id=new_id("ftevent-"),
            created_at=now(),
            level=level,
            message=message,
            object="fine_tuning.job.event",
            type="metrics" if metrics else "message",
            data=metrics,
        )
        await self._state.events.add(event, parent=job_id)
