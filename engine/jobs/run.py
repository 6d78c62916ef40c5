"""One training, from its process's start to what is left of the job."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openai.types.fine_tuning.jobs.fine_tuning_job_checkpoint import Metrics

from engine.backends.catalogue import Catalogue
from engine.backends.interface import Backend
from engine.jobs.history import Journal
from engine.jobs.progress_bar import ProgressBar
from engine.jobs.results import write_results
from engine.jobs.validation import JobFileError, check_present, given
from engine.protocol.objects import FineTuningJobCheckpoint, StoredJob, StoredModel, new_id, now
from engine.storage.state import State
from engine.training.process import TrainingProcess, WorkerError, training
from engine.training.task import Course, Report, TrainingTask

_PAUSE_SECONDS = 20.0


@dataclass(frozen=True)
class Workshop:
    """What every training needs. `files` holds the uploads, each under its id."""

    state: State
    catalogue: Catalogue
    journal: Journal
    files: Path
    bar: ProgressBar


class TrainingRun:
    """A queued job's training. Cancelling `train` ends the process."""

    def __init__(self, workshop: Workshop, job: StoredJob) -> None:
        """Nothing happens before `train`."""
        self.job = job
        self._shop = workshop
        self._pause = asyncio.Event()
        self._began, self._first = 0.0, -1.0

    def pause(self) -> None:
        """Let the process leave its progress; one that does not within 20 s is ended, and loses what is since its checkpoint."""
        self._pause.set()

    async def train(self) -> None:
        """Train to the end. Raises WorkerError, ApiError, JobFileError or OSError where that fails."""
        start = await self._shop.catalogue.find(self.job.model)
        backend = self._shop.catalogue.backend_of(start)
        await asyncio.to_thread(check_present, self.job, self._shop.files)
        begun = await self._shop.journal.change(
            self.job.id, "Fine-tuning job started", when=("queued",), status="running"
        )
        if begun is None:
            return
        self._began = time.monotonic()
        task = self._task(start, backend)
        async with training(backend.worker, task) as process:
            last = await self._listen(process, start, task)
        if last == "paused":
            await self._shop.journal.change(self.job.id, "The job was paused", status="paused", estimated_finish=None)
        else:
            await self._succeed(start.base, task)

    def _task(self, start: StoredModel, backend: Backend) -> TrainingTask:
        held_out = self.job.validation_file
        return TrainingTask(
            training_file=self._shop.files / self.job.training_file,
            validation_file=self._shop.files / held_out if held_out else None,
            start=self._shop.catalogue.weights_of(start),
            result=self._shop.catalogue.folder / (self.job.id + backend.extension),
            course=Course.model_validate(given(self.job)),
            seed=self.job.seed,
            checkpoints=True,
            settings=backend.settings,
        )

    async def _listen(self, process: TrainingProcess, start: StoredModel, task: TrainingTask) -> str:
        """Note all reports; gives the last one's kind."""
        last, pausing = "", asyncio.create_task(self._see_to_pause(process))
        try:
            async for report in process.reports():
                await self._note(report, start, task)
                last = report.kind
        except WorkerError:
            if not self._pause.is_set():
                raise
            last = "paused"
        finally:
            pausing.cancel()
            with suppress(asyncio.CancelledError):
                await pausing
        return last

    async def _see_to_pause(self, process: TrainingProcess) -> None:
        await self._pause.wait()
        process.ask_to_pause()
        await asyncio.sleep(_PAUSE_SECONDS)
        await process.end()

    async def _note(self, report: Report, start: StoredModel, task: TrainingTask) -> None:
        journal = self._shop.journal
        if report.kind == "metrics":
            self._shop.bar.show(self.job.id, report.metrics)
            await journal.measure(self.job.id, report.metrics, self._end_of(report))
        elif report.kind == "message":
            await journal.change(self.job.id, report.message, level=report.level)
        elif report.kind == "refused":
            raise JobFileError("training_file", "invalid_training_file", report.message)
        elif report.kind == "checkpoint":
            step = int(report.metrics["step"])
            model = self._model(f"{self.job.tuned_id}:ckpt-step-{step}", start.base, task.checkpoint(step), step)
            await journal.keep(self.job.id, _checkpoint(self.job, model, report), model)

    def _end_of(self, report: Report) -> int | None:
        """When it should end, by the pace of the steps that this process has taken."""
        step, total = report.metrics["step"], report.metrics["total_steps"]
        if self._first < 0:
            self._first = step - 1
        pace = (time.monotonic() - self._began) / (step - self._first)
        return now() + round((total - step) * pace)

    async def _succeed(self, base: str, task: TrainingTask) -> None:
        events = await self._shop.state.events.list(parent=self.job.id)
        results = await asyncio.to_thread(write_results, self._shop.files, events)
        model = self._model(self.job.tuned_id, base, task.result)
        if await self._shop.journal.succeed(self.job.id, model, results) is None:
            await asyncio.to_thread((self._shop.files / results.id).unlink)

    def _model(self, name: str, base: str, weights: Path, step: int | None = None) -> StoredModel:
        return StoredModel(
            id=name, created=now(), object="model", owned_by="punchline", base=base, weights=weights.name, step=step
        )


def _checkpoint(job: StoredJob, model: StoredModel, report: Report) -> FineTuningJobCheckpoint:
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
