"""Quoting, launching and finding the fine-tuning jobs of a guild."""

import uuid
from dataclasses import dataclass

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.datasets.findings import DPO, SUPERVISED
from bot.datasets.service import DatasetService
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.finetuning.budget import Budget, Spending
from bot.finetuning.epochs import auto_epochs, small_epochs
from bot.registry.service import Registry
from bot.store.database import Database
from bot.store.datasets import Dataset
from bot.store.jobs import Job, JobStore
from bot.store.quotes import Quote, QuoteStore, Terms
from bot.texts import finetuning as texts
from bot.texts.datasets import EXAMPLES


@dataclass(frozen=True)
class QuoteDetails:
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
    """What admins do before and beside a job's run. The tracker does the remote work."""

    def __init__(
        self,
        catalogue: Catalogue,
        registry: Registry,
        datasets: DatasetService,
        database: Database,
        budget: Budget,
        clock: Clock,
    ) -> None:
        self._catalogue = catalogue
        self._registry = registry
        self._datasets = datasets
        self._database = database
        self._quotes = QuoteStore(database)
        self._jobs = JobStore(database)
        self._budget = budget
        self._clock = clock

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
    ) -> QuoteDetails:
        """What a launch would train and cost.

        Raises `NotFoundError`, `InvalidInputError` for a base model that this guild may not tune or that cannot learn from the
        dataset, and `ConflictError` while
        another job runs.
        """
        found = await self._datasets.get(guild_id, dataset)
        await self._refuse_second(guild_id)
        base = await self._base(guild_id, (base_model or "").strip(), found)
        if found.tool_examples and not await self._catalogue.trains_on_tools(base):
            raise InvalidInputError(texts.NO_TOOLS_HERE, examples=EXAMPLES.of(found.tool_examples), base=base)
        word = (suffix or "").strip() or None
        if not await self._catalogue.trains_by(base, found.method):
            raise InvalidInputError(texts.NO_METHOD_HERE, base=base, method=found.method)
        if epochs is None and found.method == SUPERVISED and await self._catalogue.learns_at_once(base):
            epochs = small_epochs(found.examples)
        expected = epochs or auto_epochs(found.examples)
        trained = found.tokens * expected
        cost = self._budget.cost(base, trained)
        quote = await self._quotes.add(
            Terms(guild_id, channel_id, found.id, base, epochs, word, trained, cost, user_id, created_at=self._clock())
        )
        seconds = await self._budget.expected_seconds(base, trained)
        return QuoteDetails(quote, found, expected, seconds, await self._budget.spending(guild_id), self._budget.source)

    async def _base(self, guild_id: int, wanted: str, dataset: Dataset) -> str:
        """What is tuned: a base that the server lists, or one of the guild's own models; another guild's are not to be had.

        Preferences teach a model to choose among what it writes already, so by default they go to the one in use.
        """
        own = await self._registry.models(guild_id)
        active = own.active.get(dataset.kind)
        if not wanted and dataset.method == DPO and active is not None and active.lost_at is None:
            return active.model
        if not wanted:
            return await self._catalogue.base_model()
        for model in (*own.models, *own.archived):
            if wanted == model.model or wanted.casefold() == (model.name or "").casefold():
                return model.model
        if wanted in await self._catalogue.base_models() and not await self._registry.belongs_to_others(
            guild_id, wanted
        ):
            return wanted
        raise InvalidInputError(texts.UNKNOWN_BASE, base=wanted)

    async def launch(self, guild_id: int, user_id: int, quote_id: int, message_id: int | None) -> Job:
        """Write the job down as pending and let the tracker start it; `message_id` is the message that will show it.

        Raises `NotFoundError`, and `ConflictError` if the quote was launched before, another job is active, or it would
        exceed the guild's cap: the cap is checked in the transaction that writes the job.
        """
        launch_id = f"punchline-{uuid.uuid4().hex}"
        async with self._database.transaction():
            quote = await self._quotes.get(guild_id, quote_id)
            if quote is None:
                raise NotFoundError(texts.NO_QUOTE)
            await self._datasets.refuse_removed(quote.dataset_id)
            await self._budget.refuse_over_cap(quote)
            job = await self._jobs.add(
                quote, launch_id=launch_id, message_id=message_id, created_by=user_id, now=self._clock()
            )
            if job is None:
                await self._refuse_second(guild_id)
                raise ConflictError(texts.QUOTE_USED)
        return job

    async def get(self, guild_id: int, number: int | None = None) -> Job:
        """The job of that number, or the newest. Raises `NotFoundError`."""
        if number is not None:
            job = await self._jobs.get(guild_id, number)
        else:
            job = next(iter(await self._jobs.list(guild_id, limit=1)), None)
        if job is None:
            raise NotFoundError(texts.NO_JOB_YET) if number is None else NotFoundError(texts.NO_JOB, job=number)
        return job

    async def list(self, guild_id: int, limit: int, before: int | None = None) -> tuple[Job, ...]:
        """The guild's jobs, newest first; with `before` those of lower numbers."""
        return await self._jobs.list(guild_id, limit, before)

    async def with_remote_copies(self, dataset_id: int) -> int:
        """How many jobs left a copy of the dataset at the model server."""
        return await self._jobs.with_remote_files(dataset_id)

    async def _refuse_second(self, guild_id: int) -> None:
        active = next((job for job in await self._jobs.list(guild_id, limit=25) if not job.ended), None)
        if active:
            raise ConflictError(texts.ONE_JOB, job=active.id, status=texts.status_of(active.status))
