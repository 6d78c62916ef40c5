"""A job's life: every change of state is stored together with the event that tells of it."""

from typing import Any, Literal

from openai.types.fine_tuning import FineTuningJobEvent

from engine.records import FINISHED, StoredJob, StoredModel, new_id, now
from engine.state import State

Level = Literal["info", "warn", "error"]


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
            await self._tell(job.id, f"Validating training file: {job.training_file}")

    async def change(self, job_id: str, message: str, **changes: Any) -> StoredJob | None:
        """Change fields of a job and say so. None, and nothing is stored, where the job has already finished."""
        return await self._change(job_id, message, "info", changes)

    async def warn(self, job_id: str, message: str, level: Level = "warn", **changes: Any) -> StoredJob | None:
        """Like `change`, for what deserves attention."""
        return await self._change(job_id, message, level, changes)

    async def fail(self, job_id: str, code: str, message: str, param: str | None = None) -> StoredJob | None:
        """End a job with an error."""
        error = {"code": code, "message": message, "param": param}
        text = f"The job failed: {message}"
        return await self.warn(job_id, text, "error", status="failed", error=error, **_END, finished_at=now())

    async def cancel(self, job_id: str) -> StoredJob | None:
        """End a job because a client asked for it."""
        return await self.change(job_id, "The job was cancelled", status="cancelled", **_END, finished_at=now())

    async def measure(self, job_id: str, metrics: dict[str, float | int], finish_at: int | None) -> StoredJob | None:
        """Store what a step showed, and when the job should end."""
        message = f"Step {metrics['step']}/{metrics['total_steps']}: training loss={metrics['train_loss']:.3f}"
        return await self._change(job_id, message, "info", {"estimated_finish": finish_at}, metrics)

    async def succeed(self, job_id: str, model: StoredModel) -> StoredJob | None:
        """Register the job's model and end the job, together."""
        async with self._state.transaction():
            job = await self._unfinished(job_id)
            if job is None:
                return None
            tokens = job.epoch_tokens * int(job.hyperparameters.n_epochs or 1)
            ended = {
                "status": "succeeded",
                "fine_tuned_model": model.id,
                "finished_at": now(),
                "trained_tokens": tokens,
            }
            await self._state.models.add(model)
            await self._tell(job_id, f"New fine-tuned model created: {model.id}")
            await self._tell(job_id, "The job has successfully completed")
            return await self._store(job, {**ended, **_END})

    async def _change(
        self, job_id: str, message: str, level: Level, changes: dict[str, Any], metrics: dict[str, Any] | None = None
    ) -> StoredJob | None:
        async with self._state.transaction():
            job = await self._unfinished(job_id)
            if job is None:
                return None
            await self._tell(job_id, message, level, metrics)
            return await self._store(job, changes)

    async def _unfinished(self, job_id: str) -> StoredJob | None:
        job = await self._state.jobs.get(job_id)
        return None if job is None or job.status in FINISHED else job

    async def _store(self, job: StoredJob, changes: dict[str, Any]) -> StoredJob:
        changed = StoredJob.model_validate({**job.model_dump(), **changes})
        await self._state.jobs.update(changed)
        return changed

    async def _tell(
        self, job_id: str, message: str, level: Level = "info", metrics: dict[str, Any] | None = None
    ) -> None:
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


_END: dict[str, Any] = {"estimated_finish": None}
