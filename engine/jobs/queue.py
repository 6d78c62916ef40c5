"""The queue: validates jobs as they come and trains them, the keys in turns. Its rows are its memory."""

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from engine.backends.catalogue import Catalogue
from engine.jobs.checks import Limits, check, find_start, model_deleted
from engine.jobs.history import JobHistory
from engine.jobs.progress_bar import ProgressBar
from engine.jobs.run import TrainingRun
from engine.protocol.objects import UNFINISHED, StoredJob
from engine.storage.database import DatabaseUnavailableError
from engine.storage.files import is_disk_full
from engine.storage.state import State
from engine.training.local_runner import LocalRunner
from engine.training.runner import TrainingRunner
from engine.training.trainer import RefusedError

log = logging.getLogger(__name__)

# A disk that has room, but not enough, is tried again less and less often: after 5 s first, after 30 s in the end.
_MAX_PATIENCE = 6
_FAILED = "The training process failed. The engine's log has the reason."

Work = Callable[[], Awaitable[None]]


class Scheduler:
    """Chooses the job that trains next. Keys take turns; each key's own jobs go in the order in which they came."""

    def __init__(self) -> None:
        self._last_turn: dict[str, int] = {}
        self._turns = 0

    def next(self, waiting: Sequence[StoredJob], running: Sequence[str]) -> StoredJob | None:
        """Of the waiting jobs, oldest first, the next to run beside those of the `running` owners.

        Owners with the fewest trainings under way come first, then those whose last turn is longest ago.
        """
        under_way = Counter(running)
        chosen = min(waiting, key=lambda job: (under_way[job.owner], self._last_turn.get(job.owner, 0)), default=None)
        if chosen:
            self._turns += 1
            self._last_turn[chosen.owner] = self._turns
        return chosen


class JobQueue:
    """Moves jobs from `validating_files` over `queued` and `running` to their end."""

    def __init__(
        self,
        state: State,
        catalogue: Catalogue,
        files: Path,
        limits: Limits,
        workers: int = 1,
        retry_seconds: float = 5,
        runner: TrainingRunner | None = None,
    ) -> None:
        """`files` holds the uploads, each under its id; `workers` trainings run at once, on this machine unless a runner is given."""
        self._runner = runner or LocalRunner()
        self._state, self._catalogue, self._files = state, catalogue, files
        self._limits, self._workers, self._retry_seconds = limits, workers, retry_seconds
        self._history, self._bar, self._scheduler = JobHistory(state), ProgressBar(), Scheduler()
        self._to_validate, self._to_train = asyncio.Event(), asyncio.Event()
        self._runs: dict[str, tuple[TrainingRun, asyncio.Task[None]]] = {}
        self._works_here = False

    @property
    def works_here(self) -> bool:
        """Whether this process validates and trains. Of several that share their state one does; the others only store what clients ask for."""
        return self._works_here

    @property
    def is_on_cluster(self) -> bool:
        """Whether trainings run elsewhere, on several workers where a job asks for them."""
        return self._runner.is_cluster

    @property
    def running(self) -> int:
        return len(self._runs)

    async def waiting(self) -> int:
        return len(await self._state.jobs.having("status", "validating_files", "queued"))

    async def submit(self, job: StoredJob) -> None:
        """Store a new job; its validation begins at once. Raises ApiError where the queue or the disk is full."""
        await asyncio.to_thread(self._limits.check_disk, self._files)
        async with self._state.transaction():
            self._limits.check_queue(await self.waiting())
            await self._history.add(job)
        self._to_validate.set()

    async def cancel(self, job_id: str) -> StoredJob | None:
        """End a job and its process. None where it had already finished."""
        job = await self._history.cancel(job_id)
        if job:
            self._stop(job_id)
        return job

    async def pause(self, job_id: str) -> StoredJob | None:
        """Let a job rest: at once where it waits, soon where it runs. None where it does neither."""
        job = await self._history.change(job_id, "The job was paused", when=("queued",), status="paused")
        if job:
            self._stop(job_id)  # a cluster may have it already
        else:
            job = await self._history.change(job_id, "Pausing the training", when=("running",), status="pausing")
            if job and job_id in self._runs:
                self._runs[job_id][0].pause()
        return job

    async def resume(self, job_id: str) -> StoredJob | None:
        """Queue a paused job again; it goes on where it was. None where it was not paused."""
        job = await self._history.change(job_id, "The job was queued again", when=("paused",), status="queued")
        self._to_train.set()
        return job

    async def fail_tuning_of(self, model_id: str) -> None:
        """End the jobs that tune a model further which was just deleted."""
        for job in await self._state.jobs.having("model", model_id):
            if job.status in UNFINISHED and await self._history.fail(job.id, model_deleted(model_id)):
                self._stop(job.id)

    def _stop(self, job_id: str) -> None:
        if job_id in self._runs:
            self._runs[job_id][1].cancel()
        self._to_train.set()  # what the job leaves is swept

    async def run(self) -> None:
        """Work until cancelled. Trainings that run then are stopped, and go on when the engine runs again, or in another process."""
        self._works_here = True
        try:
            await self._insist(self._recover)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._repeat(self._to_validate, self._validate_waiting))
                group.create_task(self._repeat(self._to_train, lambda: self._start_waiting(group)))
                if self._state.is_shared:
                    group.create_task(self._repeat(self._state.changed_elsewhere, self._follow_changes))
        finally:
            self._works_here = False

    async def _repeat(self, wake: asyncio.Event, work: Work) -> None:
        while True:
            wake.clear()
            await self._insist(work)
            await wake.wait()

    async def _insist(self, work: Work) -> None:
        """Do work that must not be left undone: what goes wrong is logged, and tried again."""
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - _log_retry logs it
                self._log_retry("the queue", error)
                await asyncio.sleep(self._retry_seconds)
            else:
                return

    def _log_retry(self, what: str, error: Exception) -> None:
        if is_disk_full(error):
            log.error("%s waits for room on the disk: %s", what, error)
        elif isinstance(error, DatabaseUnavailableError):
            log.error("%s waits for the database: %s", what, error)
        else:
            log.error("%s could not go on, and tries again", what, exc_info=error)

    async def _recover(self) -> None:
        for job in await self._state.jobs.having("status", *UNFINISHED):
            if job.status in ("running", "pausing") and self._runner.is_cluster:
                continue  # its training is found again
            if job.status == "running":
                progress = self._catalogue.folder / f"{job.id}.progress"
                how = "goes on from its last checkpoint" if await asyncio.to_thread(progress.exists) else "starts over"
                message = f"The engine stopped during the training; the job is queued again and {how}"
                await self._history.change(
                    job.id, message, when=("running",), level="warn", status="queued", estimated_finish=None
                )
            elif job.status == "pausing":
                await self._history.change(
                    job.id, "The job was paused", when=("pausing",), status="paused", estimated_finish=None
                )
            elif job.status != "paused" and not self._state.is_shared:  # another process may have stored it just now
                message = "The engine was restarted; the job goes on where it was"
                await self._history.change(job.id, message, level="warn")

    async def _follow_changes(self) -> None:
        """Do to the trainings here what another process has stored of their jobs, and begin what it has added."""
        statuses = {job.id: job.status for job in await self._state.jobs.having("status", *UNFINISHED)}
        for job_id, (run, task) in list(self._runs.items()):
            status = statuses.get(job_id)
            if status in (None, "paused"):
                task.cancel()
            elif status == "pausing":
                run.pause()
        self._to_validate.set()
        self._to_train.set()

    async def _validate_waiting(self) -> None:
        for job in await self._state.jobs.having("status", "validating_files"):
            await self._see_through(job, lambda: self._validate(job))  # noqa: B023 - awaited at once

    async def _start_waiting(self, group: asyncio.TaskGroup) -> None:
        jobs = await self._state.jobs.having("status", *UNFINISHED)
        going_on = {job.id: job.status for job in jobs} | dict.fromkeys(self._runs, "running")
        if await self._runner.sweep(going_on):
            asyncio.get_running_loop().call_later(self._retry_seconds, self._to_train.set)
        await self._catalogue.sweep()
        while len(self._runs) < self._workers and (job := await self._next()):
            run = TrainingRun(job, self._state, self._catalogue, self._files, self._bar, self._runner)
            if job.status == "pausing":
                run.pause()
            task = group.create_task(self._see_through(job, run.train))
            self._runs[job.id] = run, task
            task.add_done_callback(partial(self._ended, job.id))

    async def _next(self) -> StoredJob | None:
        jobs = await self._state.jobs.having("status", "queued", "running", "pausing")
        waiting = [job for job in jobs if job.id not in self._runs]
        if under_way := [job for job in waiting if job.status != "queued"]:
            return under_way[0]
        return self._scheduler.next(waiting, [run.job.owner for run, _ in self._runs.values()])

    def _ended(self, job_id: str, _: asyncio.Task[None]) -> None:
        del self._runs[job_id]
        self._bar.end()
        self._to_train.set()

    async def _validate(self, job: StoredJob) -> None:
        backend = self._catalogue.backend_of(await find_start(self._catalogue, job))
        hyperparameters, epoch_tokens = await asyncio.to_thread(check, job, backend, self._files)
        await self._history.validated(job, hyperparameters, epoch_tokens)
        self._to_train.set()

    async def _see_through(self, job: StoredJob, work: Work) -> None:
        """Do a job's work. What is wrong with it ends the job; while the disk is full or the database away, it waits and is done again."""
        refused: RefusedError | None = None
        for tries in itertools.count():
            try:
                if refused is None:
                    await work()
                else:
                    await self._history.fail(job.id, refused)
            except RefusedError as error:
                refused = error
            except Exception as error:
                if refused is None and not (is_disk_full(error) or isinstance(error, DatabaseUnavailableError)):
                    log.error("job %s failed", job.id, exc_info=error)
                    refused = RefusedError(_FAILED, "server_error", None)
                else:
                    self._log_retry(f"job {job.id}", error)
                    await self._room(self._retry_seconds * min(2**tries, _MAX_PATIENCE))
            else:
                return

    async def _room(self, seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            if await asyncio.to_thread(self._limits.has_room, self._files):
                return
