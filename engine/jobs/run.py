"""One training, from its process's start to what is left of the job."""

import asyncio
import csv
import errno
import io
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from openai.types.fine_tuning import FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint
from openai.types.fine_tuning.jobs.fine_tuning_job_checkpoint import Metrics

from engine.backends.catalogue import Catalogue
from engine.backends.interface import Backend
from engine.concurrency.child import ChildError
from engine.concurrency.tasks import to_the_end
from engine.jobs.checks import check_present, chosen, find_start
from engine.jobs.history import JobHistory, Place
from engine.jobs.progress_bar import ProgressBar
from engine.protocol.objects import RESULTS, StoredJob, StoredModel, new_file, new_id, new_model, now
from engine.storage.database import DatabaseUnavailableError
from engine.storage.files import is_disk_full, write_atomically
from engine.storage.state import State
from engine.training.runner import Assignment, Training, TrainingRunner
from engine.training.task import Hyperparameters, TrainingReport, TrainingTask
from engine.training.trainer import RefusedError

_COLUMNS = {
    "step": "step",
    "train_loss": "train_loss",
    "train_accuracy": "train_mean_token_accuracy",
    "valid_loss": "valid_loss",
    "valid_mean_token_accuracy": "valid_mean_token_accuracy",
}
_REWARDS = ("train_reward_accuracy", "train_reward_margin", "valid_reward_accuracy", "valid_reward_margin")


class TrainingRun:
    """A job's training, as the engine follows it. Cancelling `train` lets go of it; whether that ends it is the runner's matter."""

    def __init__(
        self,
        job: StoredJob,
        state: State,
        catalogue: Catalogue,
        files: Path,
        bar: ProgressBar,
        runner: TrainingRunner,
    ) -> None:
        """`files` holds the uploads, each under its id. Nothing happens before `train`."""
        self.job, self._runner = job, runner
        self._state, self._catalogue, self._files, self._bar = state, catalogue, files, bar
        self._history = JobHistory(state)
        self._pause = asyncio.Event()
        self._began_at, self._first_step, self._tries = 0.0, -1.0, 0
        self._broken_by = "The disk was full"

    def pause(self) -> None:
        """Let the training save its progress and end."""
        self._pause.set()

    async def train(self) -> None:
        """Train to the end, or from where a full disk or a database that was away broke the last try off.

        Raises RefusedError, ChildError, DatabaseUnavailableError or OSError.
        """
        try:
            await self._train()
        except (DatabaseUnavailableError, OSError) as error:
            self._broken_by = "The disk was full" if is_disk_full(error) else "The database did not answer"
            raise

    async def _train(self) -> None:
        start = await find_start(self._catalogue, self.job)
        backend = self._catalogue.backend_of(start)
        await asyncio.to_thread(check_present, self.job, self._files)
        job = await self._may_train()
        if job is None:
            return
        task = self._task(start, backend)
        assignment = Assignment(job.id, start.base, task, job.workers, job.reports_stored)
        async with self._runner.training(assignment) as training:
            last = await self._follow(training, start, task)
        if last == "paused":
            await self._history.change(self.job.id, "The job was paused", status="paused", estimated_finish=None)
        else:
            await to_the_end(self._succeed(start.base, task))

    async def _may_train(self) -> StoredJob | None:
        """The job, if it is to be trained. One that was to pause when the disk was full is paused instead."""
        job_id, self._tries = self.job.id, self._tries + 1
        if self._tries > 1:
            await self._history.change(job_id, "The job was paused", when=("pausing",), status="paused")
        job = await self._state.jobs.get(job_id)
        return job if job and job.status in ("queued", "running", "pausing") else None

    async def _started(self, report: TrainingReport) -> None:
        job_id, place = self.job.id, _place(report)
        self._began_at, self._first_step = time.monotonic(), -1.0
        if await self._history.change(job_id, "Fine-tuning job started", when=("queued",), status="running", **place):
            return
        if report.attempt > 1:
            message = f"The training broke off and was started again (attempt {report.attempt})"
            await self._history.change(job_id, message, level="warn", **place)
        elif self._tries == 2:
            message = f"{self._broken_by}; the training goes on from its last checkpoint"
            await self._history.change(job_id, message, when=("running",), level="warn", **place)

    def _task(self, start: StoredModel, backend: Backend) -> TrainingTask:
        held_out = self.job.validation_file
        return TrainingTask(
            trainer=backend.trainer,
            method=self.job.method_name,
            training_file=self._files / self.job.training_file,
            validation_file=self._files / held_out if held_out else None,
            start=self._catalogue.weights_of(start),
            result=self._catalogue.folder / (self.job.id + backend.extension),
            hyperparameters=Hyperparameters.model_validate(chosen(self.job)),
            seed=self.job.seed,
            checkpoints=True,
            settings=backend.settings,
        )

    async def _follow(self, training: Training, start: StoredModel, task: TrainingTask) -> str:
        last, pausing = "", asyncio.create_task(self._pause_when_asked(training))
        try:
            async for report in training.reports():
                await self._store(report, start, task)
                last = report.kind
        except ChildError:
            if not self._pause.is_set():
                raise
            last = "paused"
        finally:
            pausing.cancel()
            with suppress(asyncio.CancelledError):
                await pausing
        return last

    async def _pause_when_asked(self, training: Training) -> None:
        await self._pause.wait()
        await training.pause()

    async def _store(self, report: TrainingReport, start: StoredModel, task: TrainingTask) -> None:
        place = _place(report)
        if report.kind == "started":
            await self._started(report)
        elif report.kind == "metrics":
            self._bar.show(self.job.id, report.metrics)
            finish = self._finish_at(report)
            await self._history.add_metrics(self.job.id, report.metrics, estimated_finish=finish, **place)
        elif report.kind == "message":
            await self._history.change(self.job.id, report.message, level=report.level, **place)
        elif report.kind == "refused":
            raise RefusedError(report.message, report.code, report.param)
        elif report.kind == "disk_full":
            raise OSError(errno.ENOSPC, report.message)
        elif report.kind == "checkpoint":
            step = int(report.metrics["step"])
            name, weights = f"{self.job.tuned_id}:ckpt-step-{step}", task.checkpoint(step).name
            model = new_model(name, start.base, weights, now(), step)
            await self._history.add_checkpoint(self.job.id, _checkpoint(self.job, model, report), model, **place)

    def _finish_at(self, report: TrainingReport) -> int:
        """When it should end, by the speed of the steps that this process has taken."""
        step, total = report.metrics["step"], report.metrics["total_steps"]
        if self._first_step < 0:
            self._first_step = step - 1
        seconds_per_step = (time.monotonic() - self._began_at) / (step - self._first_step)
        return now() + round((total - step) * seconds_per_step)

    async def _succeed(self, base: str, task: TrainingTask) -> None:
        content = metrics_table(await self._state.events.list(parent=self.job.id)).encode()
        results = new_file("step_metrics.csv", len(content), RESULTS)
        path, is_wanted = self._files / results.id, False
        model = new_model(self.job.tuned_id, base, task.result.name, now())
        try:
            async with self._state.transaction():  # whoever sweeps waits for it, and then finds the file's row
                if await self._history.succeed(self.job.id, model, results):
                    await asyncio.to_thread(write_atomically, path, content)
            is_wanted = True
        except DatabaseUnavailableError:
            is_wanted = True  # it may have been stored; the next sweep knows
            raise
        finally:
            if not is_wanted:
                await asyncio.to_thread(path.unlink, missing_ok=True)


def metrics_table(events: Sequence[FineTuningJobEvent]) -> str:
    """A job's metrics as CSV in OpenAI's columns, a line a step; of a step that was repeated after a crash, the last.

    DPO's rewards have columns of their own behind them.
    """
    steps = {event.data["step"]: event.data for event in events if isinstance(event.data, dict)}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = _COLUMNS | {name: name for name in _REWARDS if any(name in data for data in steps.values())}
    writer.writerow(columns)
    for step in sorted(steps):
        writer.writerow([steps[step].get(name, "") for name in columns.values()])
    return text.getvalue()


def _place(report: TrainingReport) -> Place:
    """What is stored together with a report that has a number, so that none is stored twice and none is left out."""
    return {"reports_stored": report.number} if report.number else {}


def _checkpoint(job: StoredJob, model: StoredModel, report: TrainingReport) -> FineTuningJobCheckpoint:
    known = {name: value for name, value in report.metrics.items() if name in Metrics.model_fields}
    return FineTuningJobCheckpoint(
        id=new_id("ftckpt_"),
        created_at=now(),
        fine_tuned_model_checkpoint=model.id,
        fine_tuning_job_id=job.id,
        metrics=Metrics.model_validate(known),
        object="fine_tuning.job.checkpoint",
        step_number=model.step or 0,
    )
