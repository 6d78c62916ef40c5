"""Withdraws a contribution from its draft, from every dataset and report that contains it, and from the model server.

One transaction writes all of it. Files are deleted after that: here, at the next start if the bot ends before, and by the tracker at
the model server.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.errors import NotFoundError
from bot.reports.report import dump_report, load_report
from bot.similarity.embeddings import Embeddings
from bot.store.contributions import Contribution, ContributionStore
from bot.store.database import Database
from bot.store.datasets import Dataset, DatasetStore
from bot.store.forgetting import ForgettingStore
from bot.store.jobs import Job, JobStore
from bot.store.models import ModelStore, RegisteredModel
from bot.store.outbox import OutboxStore
from bot.store.reports import ReportStore
from bot.texts import contributions as texts
from bot.texts.common import BETWEEN_NAMES
from bot.texts.template import Text, markdown

MAX_NAMED = 10


@dataclass(frozen=True)
class Withdrawn:
    """What a withdrawal did: the datasets it deleted, the jobs on them that were cancelled or continue (`going_on`), and the models that
    were trained on them."""

    datasets: tuple[Dataset, ...] = ()
    cancelled: tuple[Job, ...] = ()
    going_on: tuple[Job, ...] = ()
    models: tuple[RegisteredModel, ...] = ()


class Withdrawals:
    """Works whether or not contributions are open or turned on."""

    def __init__(self, database: Database, datasets: DatasetService, embeddings: Embeddings, clock: Clock) -> None:
        self._database = database
        self._contributions = ContributionStore(database)
        self._datasets = DatasetStore(database)
        self._jobs = JobStore(database)
        self._models = ModelStore(database)
        self._reports = ReportStore(database)
        self._outbox = OutboxStore(database)
        self._forgettings = ForgettingStore(database)
        self._files = datasets
        self._embeddings = embeddings
        self._clock = clock

    async def withdraw(self, guild_id: int, user_id: int, contribution_id: int) -> Withdrawn:
        """Withdraw the member's own contribution. Raises `NotFoundError`."""
        async with self._database.transaction():
            found = await self._contributions.own(guild_id, user_id, contribution_id)
            if found is None:
                raise NotFoundError(texts.NOT_YOURS)
            done = await self._take(found)
            await self._forgettings.owe_rewriting(now=self._clock())
        await self.delete_files(done)
        return done

    async def withdraw_all(self, guild_id: int, user_id: int, typed: Collection[str]) -> tuple[Withdrawn, ...]:
        """Withdraw all that the member gave in a server, and the datasets that hold their questions because of votes. `typed` is what they
        asked. Call it in a transaction, and `delete_files` after that."""
        done = [await self._take(found) for found in await self._contributions.all_own(guild_id, user_id)]
        datasets = await self._datasets.asked_by(guild_id, user_id)
        jobs = [job for dataset in datasets for job in await self._jobs.on_dataset(dataset.id)]
        for job in jobs:
            await self._forget_questions(job, typed)
        done.append(await self._remove(datasets, jobs))
        if datasets:
            await self._tell_admins(guild_id, done[-1])
        return tuple(done)

    async def delete_files(self, *done: Withdrawn) -> None:
        """Delete the files of what was withdrawn."""
        datasets = [dataset for one in done for dataset in one.datasets]
        if datasets:
            await self._files.delete_withdrawn(datasets)

    async def _take(self, found: Contribution) -> Withdrawn:
        datasets = await self._datasets.holding(found.id)
        jobs = [job for dataset in datasets for job in await self._jobs.on_dataset(dataset.id)]
        await self._wipe(found, jobs)
        done = await self._remove(datasets, jobs)
        if datasets:
            await self._tell_admins(found.guild_id, done)
        return done

    async def _wipe(self, found: Contribution, jobs: Sequence[Job]) -> None:
        """Delete its texts, their embeddings, and the report questions made of them."""
        spoken = [text for scenario, punchline in found.texts for text in _embedded(scenario, punchline)]
        await self._embeddings.forget(found.guild_id, spoken)
        for job in jobs:
            await self._forget_questions(job, {scenario for scenario, _ in found.texts})
        await self._contributions.withdraw(found.id, now=self._clock())

    async def _forget_questions(self, job: Job, scenarios: Collection[str]) -> None:
        """Reports on split datasets use held-back scenarios as questions."""
        for scenario in scenarios:
            await self._reports.forget_question(job.id, scenario)
        stored = await self._reports.get(job.id)
        report = load_report(stored) if stored else None
        pairs = tuple(pair for pair in report.pairs if pair.asked not in scenarios) if report else ()
        if report and pairs != report.pairs:
            await self._reports.rewrite(
                job.id, job.guild_id, dump_report(replace(report, pairs=pairs)), now=self._clock()
            )

    async def _remove(self, datasets: Sequence[Dataset], jobs: Sequence[Job]) -> Withdrawn:
        """Remove the datasets. Jobs that have not reached the model server are cancelled; the others continue, since it has a copy."""
        now = self._clock()
        cancelled = []
        for dataset in datasets:
            await self._datasets.withdraw(dataset.id, now=now)
        for job in jobs:
            await self._jobs.withdraw_files(job.id, now=now)
            if not job.ended and await self._jobs.cancel_unsubmitted(job, now=now):
                cancelled.append(job)
        going_on = tuple(job for job in jobs if not job.ended and job not in cancelled)
        return Withdrawn(tuple(datasets), tuple(cancelled), going_on, await self._trained(jobs))

    async def _trained(self, jobs: Sequence[Job]) -> tuple[RegisteredModel, ...]:
        """The models of these jobs, and models fine-tuned further from them."""
        if not jobs:
            return ()
        numbers, found = {job.id for job in jobs}, dict[str, RegisteredModel]()
        for model in reversed(await self._models.list(jobs[0].guild_id)):  # a base is older than what is made of it
            if model.job_id in numbers or model.base_model in found:
                found[model.model] = model
        return tuple(found.values())

    async def _tell_admins(self, guild_id: int, done: Withdrawn) -> None:
        """Owe one notice per set of datasets, so that twenty withdrawals from one dataset cause one notice."""
        key = "withdrawn:" + ",".join(str(dataset.id) for dataset in done.datasets)
        await self._outbox.add_notice(guild_id, key, partial(notice, done), now=self._clock())


def notice(done: Withdrawn) -> str:
    """The notice, in Discord's markdown."""
    datasets, models = [one.name for one in done.datasets], [one.name or one.model for one in done.models]
    sentences = [
        _sentence(texts.ADMIN_NOTICE, texts.NAMED, datasets),
        _sentence(texts.JOBS_CANCELLED, texts.JOB, [job.id for job in done.cancelled]),
        _sentence(texts.JOBS_GO_ON, texts.JOB, [job.id for job in done.going_on]),
        _sentence(texts.MODELS_STAY, texts.NAMED, models),
    ]
    return " ".join(filter(None, sentences))


def _sentence(template: Text, each: Text, names: Sequence[str | int]) -> str:
    """Empty if there is nothing to name."""
    named = [markdown(each, {"name": name}) for name in names[:MAX_NAMED]]
    more = [texts.MORE.format(count=len(names) - MAX_NAMED)] if len(names) > MAX_NAMED else []
    return template.format(names=str(BETWEEN_NAMES).join(named + more)) if named else ""


def _embedded(scenario: str, punchline: str) -> tuple[str, ...]:
    """The texts of an example that searches, maps and the near-duplicate check embed."""
    return scenario, punchline, f"{scenario}\n{punchline}"
