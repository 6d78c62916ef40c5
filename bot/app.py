"""The composition root: opens what the bot needs, wires it, and closes it in reverse."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.catalogue import Catalogue
from bot.clock import Clock, utc_now
from bot.datasets.service import DatasetService
from bot.drawing import Charts
from bot.finetuning.budget import Budget
from bot.finetuning.display import Display
from bot.finetuning.launching import GRACE_TIMEOUTS, Launcher
from bot.finetuning.pricing import SHIPPED, is_own_engine, load_prices
from bot.finetuning.service import FineTuneService
from bot.finetuning.steering import Steering
from bot.finetuning.tracker import Tracker
from bot.jokes import JokeService, shipped_examples
from bot.llm import LLM, open_llm
from bot.notices import Notices
from bot.registry.lineup import LineupService
from bot.registry.service import Registry
from bot.registry.shutdowns import ShutdownWatch
from bot.reports.evaluation import Evaluator
from bot.reports.reporter import Reporter
from bot.settings import Settings
from bot.similarity.embeddings import Embeddings
from bot.similarity.meaning import Meaning
from bot.similarity.service import SimilarityService
from bot.slogans import SloganService
from bot.store.app_state import AppStateStore
from bot.store.database import Database, open_database
from bot.store.datasets import DatasetStore
from bot.store.events import EventStore
from bot.store.generations import GenerationStore, UsageStore
from bot.store.guild_settings import GuildSettingsStore
from bot.store.jobs import JobStore
from bot.store.kept import KeptTextStore
from bot.store.labels import LabelStore
from bot.store.models import ModelStore
from bot.store.notices import NoticeStore
from bot.store.reports import ReportStore
from bot.store.spending import SpendingStore
from bot.store.vectors import VectorStore


@dataclass(frozen=True)
class App:
    """Everything that the commands use."""

    settings: Settings
    clock: Clock
    database: Database
    llm: LLM
    state: AppStateStore
    generations: GenerationStore
    catalogue: Catalogue
    slogans: SloganService
    jokes: JokeService
    lineup: LineupService
    similarity: SimilarityService
    meaning: Meaning
    datasets: DatasetService
    finetunes: FineTuneService
    steering: Steering
    budget: Budget
    guild_settings: GuildSettingsStore
    registry: Registry
    display: Display
    tracker: Tracker
    events: EventStore
    charts: Charts
    reporter: Reporter
    notices: Notices
    shutdowns: ShutdownWatch

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow jobs, write reports, watch for shutdowns, show notices and embed in the background until left.

        Only the bot itself runs: it begins by clearing away what an earlier life of it left half-done.
        """
        await self.datasets.sweep()
        async with (
            self.tracker.running(),
            self.reporter.running(),
            self.shutdowns.running(),
            self.notices.running(),
            self.meaning.running(),
        ):
            yield


@asynccontextmanager
async def open_app(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[App]:
    """Open the database and the one client to the model server, and build every service on them."""
    async with open_database(settings.database_path) as database, open_llm(settings) as llm:
        app = _wire(settings, database, llm, clock)
        async with app.meaning.embeddings.running():
            yield app


def _wire(settings: Settings, database: Database, llm: LLM, clock: Clock) -> App:
    jobs, dataset_store, generations = JobStore(database), DatasetStore(database), GenerationStore(database)
    catalogue, state = Catalogue(llm, settings, time.monotonic), AppStateStore(database)
    examples, usage = shipped_examples(), UsageStore(database)
    notices = Notices(NoticeStore(database), clock)
    registry = Registry(database, notices, clock)
    datasets = DatasetService(dataset_store, settings.database_path.with_suffix(".files"), clock)
    embeddings, kept = Embeddings(llm, VectorStore(database), clock), KeptTextStore(database)
    meaning = Meaning(embeddings, catalogue, datasets, usage, kept, LabelStore(database), clock)
    grace = timedelta(seconds=settings.request_timeout) * GRACE_TIMEOUTS
    launcher = Launcher(llm, jobs, dataset_store, datasets, clock, grace=grace)
    display = Display(jobs, clock)
    tracker = Tracker(database, jobs, llm, launcher, registry, display, clock)
    own_engine = is_own_engine(settings.finetune_base_url or settings.openai_base_url)
    free = own_engine and settings.prices_file is None  # an operator's own price list counts everywhere
    prices = None if free else load_prices(settings.prices_file or SHIPPED)
    guild_settings = GuildSettingsStore(database)
    budget = Budget(prices, guild_settings, SpendingStore(database), clock)
    finetunes = FineTuneService(catalogue, datasets, database, budget, clock, tracker.wake)
    models, reports = ModelStore(database), ReportStore(database)
    evaluator = Evaluator(llm, usage, dataset_store, datasets, prices, clock)
    reporter = Reporter(database, jobs, reports, models, evaluator, clock)
    tracker.on_success = reporter.wake
    return App(
        settings=settings,
        clock=clock,
        database=database,
        llm=llm,
        state=state,
        generations=generations,
        catalogue=catalogue,
        slogans=SloganService(llm, catalogue, generations, clock),
        jokes=JokeService(llm, catalogue, registry, generations, clock, examples),
        lineup=LineupService(llm, catalogue, registry, usage, clock, examples),
        similarity=meaning.similarity,
        meaning=meaning,
        datasets=datasets,
        finetunes=finetunes,
        steering=Steering(llm, finetunes, jobs, registry, clock, tracker.wake),
        budget=budget,
        guild_settings=guild_settings,
        registry=registry,
        display=display,
        tracker=tracker,
        events=EventStore(database),
        charts=Charts(),
        reporter=reporter,
        notices=notices,
        shutdowns=ShutdownWatch(llm, models, notices, state, clock),
    )
