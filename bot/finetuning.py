"""Quoting, launching, watching and cancelling fine-tuning jobs of a server."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from bot.budget import Budget, Spending
from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.datasets import DatasetService
from bot.errors import ConflictError, NotFoundError, RemoteNotFoundError, RequestRefusedError
from bot.llm import LLM
from bot.pricing import auto_epochs
from bot.registry import Registry
from bot.remote import Checkpoint, RemoteJob
from bot.store.database import Database
from bot.store.datasets import Dataset
from bot.store.jobs import ENDED, Job, JobStore
from bot.store.quotes import Quote, QuoteStore, Terms


@dataclass(frozen=True)
class Offer:
    """A quote with what an admin wants to know about it; `expected_epochs` is what a choice left open will mean,
    `expected_seconds` how long it will take if it goes as earlier ones went, `price_source` None where nobody sends a bill.
    """

    quote: Quote
    dataset: Dataset
    expected_epochs: int
    expected_seconds: float | None
    spending: Spending
    price_source: str | None


class FineTuneService:
    """What admins do with jobs. The tracker does the remote work; `wake` makes it look at once."""

    def __init__(
        self,
        llm: LLM,
        catalogue: Catalogue,
        datasets: DatasetService,
        database: Database,
        budget: Budget,
        registry: Registry,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._quotes = QuoteStore(database)
        self._jobs = JobStore(database)
        self._budget = budget
        self._registry = registry
        self._llm = llm
        self._catalogue = catalogue
        self._datasets = datasets
        self._clock = clock
        self._wake = wake

    async def quote(
        self,
        guild_id: int,
        channel_id: int,
        user_id: int,
        dataset: str,
        *,
        base_model: str | None = None,
        epochs: int | None = None,
        suffix: str | None = None,
    ) -> Offer:
        """What a launch would train and cost. Raises `NotFoundError`, and `ConflictError` while another job runs."""
        found = await self._datasets.get(guild_id, dataset)
        await self._refuse_second(guild_id)
        base = (base_model or "").strip() or await self._catalogue.base_model()
        word = (suffix or "").strip() or None
        expected = epochs or auto_epochs(found.examples)
        trained = found.tokens * expected
        cost = self._budget.cost(base, trained)
        quote = await self._quotes.add(
            Terms(guild_id, channel_id, found.id, base, epochs, word, trained, cost, user_id, created_at=self._clock())
        )
        pace = await self._jobs.seconds_per_token(base)
        seconds = pace * trained if pace else None
        return Offer(quote, found, expected, seconds, await self._budget.spending(guild_id), self._budget.source)

    async def launch(self, guild_id: int, user_id: int, quote_id: int, message_id: int | None) -> Job:
        """Write the job down as pending and let the tracker start it; `message_id` is the message that will show it.

        Raises `NotFoundError`, and `ConflictError` if the quote was launched before, another job is active, or it would
        exceed the server's cap: the cap is checked in the transaction that writes the job.
        """
        quote = await self._quotes.get(guild_id, quote_id)
        if quote is None:
            raise NotFoundError("This quote is no longer kept. Ask for a new one with `/finetune launch`.")
        launch_id = f"punchline-{uuid.uuid4().hex}"
        async with self._database.transaction():
            await self._datasets.refuse_removed(quote.dataset_id)
            await self._budget.refuse_over_cap(quote)
            job = await self._jobs.add(
                quote, launch_id=launch_id, message_id=message_id, created_by=user_id, now=self._clock()
            )
        if job is None:
            await self._refuse_second(guild_id)
            raise ConflictError("This quote was launched already. Ask for a new one with `/finetune launch`.")
        self._wake()
        return job

    async def cancel(self, guild_id: int, number: int) -> Job:
        """Stop a job. One that the server does not know yet ends here; else the server is asked, and the row follows it."""
        job = await self.get(guild_id, number)
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
        job = await self.get(guild_id, number)
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
        job = await self.get(guild_id, number)
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

    async def get(self, guild_id: int, number: int | None = None) -> Job:
        """The job of that number, or the newest. Raises `NotFoundError`."""
        if number is not None:
            job = await self._jobs.get(guild_id, number)
        else:
            job = next(iter(await self._jobs.list(guild_id, limit=1)), None)
        if job is None:
            which = "no fine-tuning job yet" if number is None else f"no job {number}"
            raise NotFoundError(
                f"This server has {which}. `/finetune list` shows the jobs, `/finetune launch` starts one."
            )
        return job

    async def list(self, guild_id: int) -> tuple[Job, ...]:
        """The server's newest jobs."""
        return await self._jobs.list(guild_id)

    async def _cancel_unborn(self, job: Job) -> Job:
        cancelled = await self._jobs.cancel_unsubmitted(job.id, now=self._clock())
        if cancelled is None:
            raise ConflictError(
                f"Job {job.id} is being handed to the model server right now. Try again in a few seconds."
            )
        self._wake()
        return cancelled

    async def _refuse_second(self, guild_id: int) -> None:
        active = next((job for job in await self._jobs.list(guild_id) if not job.ended), None)
        if active:
            raise ConflictError(
                f"Job {active.id} is {active.status}, and a server has one job at a time. "
                f"Wait for it, or stop it with `/finetune cancel {active.id}`."
            )


def expected_finish(job: Job, now: datetime) -> datetime | None:
    """When a running job should be done: what the server says, else at the pace of its steps so far."""
    if job.status != "running":
        return None
    if job.estimated_finish is not None and job.estimated_finish > now:
        return job.estimated_finish
    if not job.step or not job.total_steps or job.started_at is None or now <= job.started_at:
        return None
    return now + (now - job.started_at) / job.step * max(0, job.total_steps - job.step)
