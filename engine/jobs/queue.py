"""The queue: validates jobs as they come and trains them, the keys in turns. Its rows are its memory."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from engine.backends.catalogue import Catalogue
from engine.jobs.history import Journal
from engine.jobs.limits import Limits
from engine.jobs.progress_bar import ProgressBar
from engine.jobs.run import TrainingRun, Workshop
from engine.jobs.scheduler import Turns
from engine.jobs.validation import JobFileError, check
from engine.protocol.errors import ApiError
from engine.protocol.objects import UNFINISHED, StoredJob
from engine.storage.state import State
from engine.training.process import WorkerError

log = logging.getLogger(__name__)


class TrainingQueue:
    """Moves jobs from `validating_files` over `queued` and `running` to their end."""

    def __init__(
        self, state: State, catalogue: Catalogue, files: Path, limits: Limits | None = None, workers: int = 1
    ) -> None:
        """`files` holds the uploads, each under its id; `workers` trainings run at once."""
        self._state, self._catalogue, self._files = state, catalogue, files
        self._journal, self._limits, self._workers = Journal(state), limits or Limits(), workers
        self._workshop = Workshop(state, catalogue, self._journal, files, ProgressBar())
        self._to_validate, self._to_train = asyncio.Event(), asyncio.Event()
        self._runs: dict[str, tuple[TrainingRun, asyncio.Task[None]]] = {}
        self._turns = Turns()

    @property
    def running(self) -> int:
        """How many trainings are under way."""
        return len(self._runs)

    async def waiting(self) -> int:
        """How many jobs have yet to begin."""
        return len(await self._state.jobs.having("status", "validating_files", "queued"))

    async def submit(self, job: StoredJob) -> None:
        """Store a new job; its validation begins at once. Raises ApiError where the queue or the disk is full."""
        self._limits.check_queue(await self.waiting())
        await asyncio.to_thread(self._limits.check_disk, self._files)
        await self._journal.open(job)
        self._to_validate.set()

    async def cancel(self, job_id: str) -> StoredJob | None:
        """End a job and its process. None where it had already finished."""
        job = await self._journal.cancel(job_id)
        if job and job_id in self._runs:
            self._runs[job_id][1].cancel()
        elif job:
            await self._catalogue.sweep()
        return job

    async def pause(self, job_id: str) -> StoredJob | None:
        """Let a job rest: at once where it waits, soon where it runs. None where it does neither."""
        job = await self._journal.change(job_id, "The job was paused", when=("queued",), status="paused")
        if job is None:
            job = await self._journal.change(job_id, "Pausing the training", when=("running",), status="pausing")
            if job and job_id in self._runs:
                self._runs[job_id][0].pause()
        return job

    async def resume(self, job_id: str) -> StoredJob | None:
        """Queue a paused job again; it goes on where it was. None where it was not paused."""
        job = await self._journal.change(job_id, "The job was queued again", when=("paused",), status="queued")
        self._to_train.set()
        return job

    async def run(self) -> None:
        """Work until cancelled. Trainings that run then are stopped, and go on when the engine runs again."""
        await self._recover()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._validate_all())
            group.create_task(self._train_all(group))

    async def _recover(self) -> None:
        for job in await self._state.jobs.having("status", *UNFINISHED):
            if job.status == "running":
                how = "goes on from its last checkpoint" if await self._has_progress(job) else "starts over"
                message = f"The engine stopped during the training; the job is queued again and {how}"
                await self._journal.change(job.id, message, level="warn", status="queued", estimated_finish=None)
            elif job.status == "pausing":
                await self._journal.change(job.id, "The job was paused", status="paused", estimated_finish=None)
            elif job.status != "paused":
                await self._journal.change(
                    job.id, "The engine was restarted; the job goes on where it was", level="warn"
                )

    async def _has_progress(self, job: StoredJob) -> bool:
        return await asyncio.to_thread((self._catalogue.folder / f"{job.id}.progress").exists)

    async def _validate_all(self) -> None:
        while True:
            self._to_validate.clear()
            for job in await self._state.jobs.having("status", "validating_files"):
                await self._guarded(job, self._validate)
            await self._to_validate.wait()

    async def _train_all(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._to_train.clear()
            await self._catalogue.sweep()
            while len(self._runs) < self._workers and (job := await self._next()):
                self._start(job, group)
            await self._to_train.wait()

    async def _next(self) -> StoredJob | None:
        waiting = [job for job in await self._state.jobs.having("status", "queued") if job.id not in self._runs]
        return self._turns.next(waiting, [run.job.owner for run, _ in self._runs.values()])

    def _start(self, job: StoredJob, group: asyncio.TaskGroup) -> None:
        run = TrainingRun(self._workshop, job)
        task = group.create_task(self._guarded(job, lambda _: run.train()))
        self._runs[job.id] = run, task
        task.add_done_callback(lambda _: self._ended(job.id))

    def _ended(self, job_id: str) -> None:
        del self._runs[job_id]
        self._workshop.bar.end()
        self._to_train.set()

    async def _validate(self, job: StoredJob) -> None:
        backend = self._catalogue.backend_of(await self._catalogue.find(job.model))
        checked = await asyncio.to_thread(check, job, backend, self._files)
        chosen = checked.course.model_dump()
        await self._journal.change(
            job.id,
            "Files validated, moving job to queued state",
            status="queued",
            hyperparameters=chosen,
            method={"type": "supervised", "supervised": {"hyperparameters": chosen}},
            epoch_tokens=checked.epoch_tokens,
        )
        self._to_train.set()

    async def _guarded(self, job: StoredJob, work: Callable[[StoredJob], Awaitable[None]]) -> None:
        try:
            await work(job)
        except JobFileError as error:
            await self._journal.fail(job.id, error.code, error.message, error.param)
        except ApiError as error:
            await self._journal.fail(job.id, error.code or "invalid_request", error.message, error.param)
        except (WorkerError, OSError) as error:
            log.error("job %s failed: %s", job.id, error)
            await self._journal.fail(job.id, "server_error", "The training process failed; the engine's log says why.")
        except Exception:  # one job's bug must not stop the queue
            log.exception("job %s failed", job.id)
            await self._journal.fail(job.id, "server_error", "The engine made an error; its log says which.")
