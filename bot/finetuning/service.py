"""Quoting, launching and finding the fine-tuning jobs of a server."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.errors import ConflictError, NotFoundError
from bot.finetuning.budget import Budget, Spending
from bot.finetuning.pricing import auto_epochs
from bot.store.database import Database
from bot.store.datasets import Dataset
from bot.store.jobs import Job, JobStore
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
        catalogue: Catalogue,
        datasets: DatasetService,
        database: Database,
        budget: Budget,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._quotes = QuoteStore(database)
        self._jobs = JobStore(database)
        self._budget = budget
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
        seconds = await self._budget.expected_seconds(base, trained)
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
