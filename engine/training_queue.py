"""The queue: validates jobs as they come and trains them one at a time. Its rows are its memory."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from engine.backends import Course, Report, TrainingTask, Wanted
from engine.catalogue import Catalogue
from engine.dataset import DatasetError, Example, read_examples
from engine.journal import Journal
from engine.records import StoredJob, StoredModel, new_id, now
from engine.state import State
from engine.workers import WorkerError, training

log = logging.getLogger(__name__)


class TrainingQueue:
    """Moves jobs from `validating_files` over `queued` and `running` to their end."""

    def __init__(self, state: State, catalogue: Catalogue, files: Path) -> None:
        """`files` holds the uploads, each under its id."""
        self._state, self._catalogue, self._files = state, catalogue, files
        self._journal = Journal(state)
        self._news = {"validating_files": asyncio.Event(), "queued": asyncio.Event()}
        self._training: dict[str, asyncio.Task[None]] = {}

    async def submit(self, job: StoredJob) -> None:
        """Store a new job; its validation begins at once."""
        await self._journal.open(job)
        self._news["validating_files"].set()

    async def cancel(self, job_id: str) -> StoredJob | None:
        """End a job and its process. None where it had already finished."""
        job = await self._journal.cancel(job_id)
        if job and (task := self._training.get(job_id)):
            task.cancel()
        return job

    async def run(self) -> None:
        """Work until cancelled. A training that runs then is stopped, and starts over when the engine does."""
        await self._recover()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._serve("validating_files", self._validate))
            group.create_task(self._serve("queued", self._train_alone))

    async def _recover(self) -> None:
        for job in await self._state.jobs.list():
            if job.status == "running":
                message = "The engine stopped during the training; the job is queued again and starts over"
                await self._journal.warn(job.id, message, status="queued", estimated_finish=None)
            elif job.status in self._news:
                await self._journal.warn(job.id, "The engine was restarted; the job goes on where it was")

    async def _serve(self, status: str, work: Callable[[StoredJob], Awaitable[None]]) -> None:
        while True:
            self._news[status].clear()
            waiting = [job for job in await self._state.jobs.list() if job.status == status]
            if waiting:
                await self._guarded(waiting[0], work)
            else:
                await self._news[status].wait()

    async def _guarded(self, job: StoredJob, work: Callable[[StoredJob], Awaitable[None]]) -> None:
        try:
            await work(job)
        except DatasetError as error:
            await self._journal.fail(job.id, error.code, error.message, "training_file")
        except (WorkerError, OSError) as error:
            log.error("job %s failed: %s", job.id, error)
            await self._journal.fail(job.id, "server_error", "The training process failed; the engine's log says why.")
        except Exception:  # one job's bug must not stop the queue
            log.exception("job %s failed", job.id)
            await self._journal.fail(job.id, "server_error", "The engine made an error; its log says which.")

    async def _validate(self, job: StoredJob) -> None:
        backend = self._catalogue.backend_of(await self._catalogue.find(job.model))
        examples, tokens = await asyncio.to_thread(_read, self._files / job.training_file, backend.count_tokens)
        chosen = backend.plan(len(examples), Wanted.model_validate(_given(job))).model_dump()
        method = {"type": "supervised", "supervised": {"hyperparameters": chosen}}
        message = "Files validated, moving job to queued state"
        changes = {"status": "queued", "hyperparameters": chosen, "method": method, "epoch_tokens": tokens}
        await self._journal.change(job.id, message, **changes)
        self._news["queued"].set()

    async def _train_alone(self, job: StoredJob) -> None:
        """Train in a task of its own, which `cancel` can end without ending the queue."""
        task = self._training[job.id] = asyncio.create_task(self._train(job))
        try:
            await asyncio.wait([task])
        finally:
            del self._training[job.id]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            task.result()

    async def _train(self, job: StoredJob) -> None:
        start = await self._catalogue.find(job.model)
        backend = self._catalogue.backend_of(start)
        weights = job.id + backend.extension
        task = TrainingTask(
            training_file=self._files / job.training_file,
            start=self._catalogue.weights_of(start),
            result=self._catalogue.folder / weights,
            course=Course.model_validate(_given(job)),
            seed=job.seed,
        )
        if await self._journal.change(job.id, "Fine-tuning job started", status="running") is None:
            return
        began = time.monotonic()
        async with training(backend.worker, task) as reports:
            async for report in reports:
                await self._note(job.id, report, began)
        await self._journal.succeed(job.id, _tuned_model(job, start.base, weights))

    async def _note(self, job_id: str, report: Report, began: float) -> None:
        if report.kind == "metrics":
            share = report.metrics["step"] / report.metrics["total_steps"]
            left = (time.monotonic() - began) * (1 - share) / share
            await self._journal.measure(job_id, report.metrics, now() + round(left))
        elif report.kind == "message":
            await self._journal.warn(job_id, report.message, report.level)


def _read(path: Path, count_tokens: Callable[[str], int]) -> tuple[list[Example], int]:
    """Examples, and their tokens with three more a message and three an example, as OpenAI counts chats."""
    try:
        examples = read_examples(path)
    except FileNotFoundError as error:
        raise DatasetError("invalid_training_file", "The training file was deleted.") from error
    messages = [message for example in examples for message in example.messages]
    return examples, sum(count_tokens(message.content) + 3 for message in messages) + 3 * len(examples)


def _given(job: StoredJob) -> dict[str, float]:
    """The hyperparameters that are numbers already."""
    return {name: value for name, value in job.hyperparameters.model_dump().items() if isinstance(value, int | float)}


def _tuned_model(job: StoredJob, base: str, weights: str) -> StoredModel:
    name = f"ft:{base}:punchline:{job.suffix}:{new_id('', 8)}"
    return StoredModel(id=name, created=now(), object="model", owned_by="punchline", base=base, weights=weights)
