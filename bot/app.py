"""The composition root: opens what the bot needs, wires it, and closes it in reverse."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from bot.arena.preferences import PreferenceService
from bot.arena.promotion import ArenaRanking
from bot.arena.service import ArenaService
from bot.ask.abilities import Abilities
from bot.ask.service import AskService
from bot.catalogue import Catalogue
from bot.clock import Clock, utc_now
from bot.cluster.cluster import Cluster
from bot.cluster.lease_lock import LeaseLock
from bot.contributions.consent import model_server
from bot.contributions.service import ContributionService
from bot.contributions.withdrawal import Withdrawals
from bot.datasets.dataset_files import UNFINISHED
from bot.datasets.drafts import DraftService
from bot.datasets.service import DatasetService
from bot.datasets.training_answers import TrainingAnswers
from bot.digest import Digests
from bot.drawing import Charts
from bot.errors import StartupError, StorageError
from bot.few_shot import few_shot
from bot.files.opening import open_storage
from bot.files.storage import Storage
from bot.finetuning.budget import Budget
from bot.finetuning.control import JobControl
from bot.finetuning.launching import GRACE_TIMEOUTS, Launcher
from bot.finetuning.service import FineTuneService
from bot.finetuning.tracker import Tracker
from bot.generations import GenerationService
from bot.guild_settings import SettingsService
from bot.in_flight import InFlight
from bot.jokes.comparison import ModelComparison
from bot.jokes.filters import JokeFilters
from bot.jokes.service import JokeService
from bot.jokes.top import TopService
from bot.kinds import KINDS
from bot.limits.access import CommandAccess
from bot.limits.allowance import Allowance
from bot.limits.service import LimitService
from bot.loop import Loop, leadership
from bot.metering.fair_queue import (
    IMAGES_ON_MANY_MACHINES,
    IMAGES_ON_ONE_MACHINE,
    ON_MANY_MACHINES,
    ON_ONE_MACHINE,
    FairQueue,
)
from bot.metering.ledger import Ledger
from bot.metering.meter import Meter, Queues
from bot.metering.usage import UsageService
from bot.model_server.client import LLM, open_llm
from bot.moderation.guard import Guard
from bot.moderation.moderator import Moderator
from bot.moderation.operators import OperatorsList, load_operators_list
from bot.moderation.service import ModerationService
from bot.pictures.service import PictureService
from bot.pictures.turns import Turns
from bot.prices import SHIPPED, Prices, ServerPrices, load_prices
from bot.privacy.departures import Departures
from bot.privacy.forgetting import ForgettingService
from bot.privacy.retention import Retention, days_of
from bot.privacy.service import PrivacyService
from bot.pruning import Pruner
from bot.registry.service import Registry
from bot.registry.shutdowns import ShutdownWatch
from bot.reports.evaluation import Evaluator
from bot.reports.figures import Figures
from bot.reports.history import JobHistory
from bot.reports.reporter import Reporter
from bot.serving import Serves, every_server
from bot.settings import Settings, is_own_engine
from bot.similarity.embeddings import Embeddings
from bot.similarity.meaning import Meaning
from bot.similarity.service import SimilarityService
from bot.slogans import SloganService
from bot.store.app_state import AppStateStore
from bot.store.database import Database, only_bot_on, open_database
from bot.store.datasets import DatasetStore
from bot.store.events import EventStore
from bot.store.guild_settings import LANGUAGE_TOPIC, GuildSettingsStore
from bot.store.jobs import JobStore
from bot.store.kept import KeptTextStore
from bot.store.labels import LabelStore
from bot.store.limits import LimitStore
from bot.store.models import ModelStore
from bot.store.moderation import ModerationStore
from bot.store.outbox import OutboxStore
from bot.store.remembered import FORGET_TOPIC
from bot.store.spending import SpendingStore
from bot.store.usage import UsageStore
from bot.store.vectors import VectorStore
from bot.texts.startup import CANNOT_USE_FILES
from bot.voice.service import VoiceService
from bot.writing.prompts import PromptService
from bot.writing.teller import Teller

LANGUAGES_SECONDS = 3600.0


@dataclass(frozen=True)
class App:
    """Every service that the commands use."""

    settings: Settings
    clock: Clock
    database: Database
    llm: LLM
    state: AppStateStore
    catalogue: Catalogue
    generations: GenerationService
    slogans: SloganService
    jokes: JokeService
    voice: VoiceService
    pictures: PictureService
    comparison: ModelComparison
    prompts: PromptService
    similarity: SimilarityService
    meaning: Meaning
    datasets: DatasetService
    drafts: DraftService
    contributions: ContributionService
    withdrawals: Withdrawals
    finetunes: FineTuneService
    job_control: JobControl
    history: JobHistory
    charts: Charts
    budget: Budget
    access: CommandAccess
    allowance: Allowance
    limits: LimitService
    guild_settings: SettingsService
    guard: Guard
    moderation: ModerationService
    registry: Registry
    top: TopService
    usage: UsageService
    ask: AskService
    arena: ArenaService
    arena_ranking: ArenaRanking
    preferences: PreferenceService
    digests: Digests
    tracker: Tracker
    reporter: Reporter
    shutdowns: ShutdownWatch
    pruner: Pruner
    privacy: PrivacyService
    forgetting: ForgettingService
    retention: Retention
    departures: Departures
    cluster: Cluster | None  # None where one process is the whole bot

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow jobs, write reports, watch for shutdowns and embed in the background until left.

        Only the bot itself runs, one for each database: it begins by deleting what an earlier life of it left half-done.
        Raises `StartupError` where another bot runs on the database.
        """
        async with (
            only_bot_on(self.settings.database, together=self.cluster is not None, broken=self._forget_remembered),
            self._clustered(),
            self._files(),
            self.tracker.running(),
            self.reporter.running(),
            self.shutdowns.running(),
            self.meaning.running(),
            self.arena.running(),
            self.digests.running(),
            self.pruner.running(),
            self.forgetting.running(),
            self.retention.running(),
            self.departures.running(),
        ):
            yield

    @property
    def serves(self) -> Serves:
        """Which servers are served by this process."""
        return every_server if self.cluster is None else self.cluster.serves

    @asynccontextmanager
    async def _clustered(self) -> AsyncIterator[None]:
        """Be one of several processes, if this is one: what is remembered of servers may have changed in another one."""
        async with AsyncExitStack() as stack:
            if self.cluster is not None:
                self.cluster.before_opening = self._forget_servers
                leadership.set(self.cluster.leadership)
                await stack.enter_async_context(self.cluster.running())
                news = self.database.subscribe(LANGUAGE_TOPIC)
                await stack.enter_async_context(
                    Loop("languages", self._read_languages, news, everywhere=True).running()
                )
            yield

    @asynccontextmanager
    async def _files(self) -> AsyncIterator[None]:
        """Look after the dataset files, before anything needs one."""
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.datasets.running())
            except StorageError as error:
                reason = CANNOT_USE_FILES.format(place=self.settings.files, reason=error.reason)
                raise StartupError(reason) from error
            yield

    def _forget_remembered(self) -> None:
        """Read settings again, so that commands notice at once that the database is gone."""
        self.database.wake(FORGET_TOPIC)

    async def _forget_servers(self) -> None:
        self._forget_remembered()
        self.guard.forget_all()
        self.meaning.index.forget_all()
        await self.guild_settings.load_languages()

    async def _read_languages(self) -> float:
        await self.guild_settings.load_languages()
        return LANGUAGES_SECONDS


@asynccontextmanager
async def open_app(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[App]:
    """Open the database and the one client to the model server, and build every service on them. Raises `StartupError`."""
    prices = load_prices(settings.prices_file or SHIPPED)
    operators = load_operators_list(settings.blocked_words_file)
    storage = open_storage(settings.files, settings.local_folder)
    async with open_database(settings.database) as database, open_llm(settings, clock) as llm:
        app = _wire(settings, database, storage, llm, prices, operators, clock)
        async with app.meaning.embeddings.running():
            await app.guild_settings.load_languages()
            yield app


def _server_prices(settings: Settings, prices: Prices) -> ServerPrices:
    """Nobody sends a bill on one's own engine. An operator's own price list counts everywhere."""

    def of(base_url: str) -> Prices | None:
        return None if is_own_engine(base_url) and settings.prices_file is None else prices

    return ServerPrices(of(settings.openai_base_url), of(settings.finetune_base_url or settings.openai_base_url))


def _queues(settings: Settings) -> Queues:
    """A queue for each model server, or one for both where there is only one."""

    def queue(base_url: str) -> FairQueue:
        return FairQueue(ON_ONE_MACHINE if is_own_engine(base_url) else ON_MANY_MACHINES)

    base = queue(settings.openai_base_url)
    tuned = queue(settings.finetune_base_url) if settings.finetune_base_url else base
    own = is_own_engine(settings.openai_base_url)
    return Queues(base, tuned, FairQueue(IMAGES_ON_ONE_MACHINE if own else IMAGES_ON_MANY_MACHINES))


def _wire(
    settings: Settings,
    database: Database,
    storage: Storage,
    llm: LLM,
    prices: Prices,
    operators: OperatorsList,
    clock: Clock,
) -> App:
    jobs, models, dataset_store = JobStore(database), ModelStore(database), DatasetStore(database)
    settings_store, state = GuildSettingsStore(database), AppStateStore(database)
    cluster = Cluster(database, settings.shard_count or 1) if settings.clusters > 1 else None
    serves = every_server if cluster is None else cluster.serves
    catalogue, registry = Catalogue(llm, settings, time.monotonic), Registry(database, clock)
    in_flight, charts = InFlight(), Charts()
    bills = _server_prices(settings, prices)
    usage, limit_store = UsageStore(database), LimitStore(database)
    access, allowance = CommandAccess(database, limit_store), Allowance(database, limit_store, usage, clock)
    ledger = Ledger(database, usage, allowance, bills, clock)
    meter = Meter(llm, ledger, _queues(settings), database)
    generations = GenerationService(database, clock)
    examples = {kind.name: few_shot(kind.examples) for kind in KINDS.values()}
    prompts = PromptService(database, clock)
    rules, moderator = ModerationStore(database), Moderator(llm, settings)
    guard = Guard(database, rules, moderator, operators, clock)
    teller = Teller(meter, catalogue, registry, prompts, examples, guard)
    datasets = DatasetService(dataset_store, storage, clock)
    if cluster is not None:  # other processes may be at what looks half-done
        files = LeaseLock(cluster.leases, "files")
        datasets = DatasetService(dataset_store, storage, clock, files, UNFINISHED)
    embeddings, kept = Embeddings(llm, ledger, VectorStore(database), clock), KeptTextStore(database)
    meaning = Meaning(embeddings, catalogue, datasets, kept, LabelStore(database), guard, clock, serves)
    training_answers = TrainingAnswers(dataset_store, datasets)
    filters = JokeFilters(generations, training_answers, meaning.similarity)
    budget = Budget(bills.training, settings_store, SpendingStore(database), clock)
    finetunes = FineTuneService(catalogue, registry, datasets, database, budget, clock)
    grace = timedelta(seconds=settings.request_timeout) * GRACE_TIMEOUTS
    launcher = Launcher(llm, jobs, dataset_store, datasets, clock, grace=grace)
    job_control = JobControl(llm, finetunes, jobs, registry, clock)
    figures = Figures(training_answers, meaning.similarity, job_control)
    evaluator = Evaluator(meter, catalogue, database, datasets, figures, bills.training, guard)
    reporter = Reporter(database, jobs, models, evaluator, clock)
    slogans = SloganService(teller, generations, in_flight)
    jokes = JokeService(teller, generations, filters, in_flight)
    abilities = Abilities(jokes, slogans, meaning, registry, catalogue, finetunes)
    withdrawals = Withdrawals(database, datasets, embeddings, clock)
    turns = Turns(guard, allowance, in_flight, clock)
    pictures = PictureService(
        meter, catalogue, generations, registry, meaning.labels, charts, turns, settings.image_quality
    )
    left_days = settings.retention_left_servers_days
    return App(
        settings=settings,
        clock=clock,
        database=database,
        llm=llm,
        state=state,
        catalogue=catalogue,
        generations=generations,
        slogans=slogans,
        jokes=jokes,
        voice=VoiceService(meter, catalogue, in_flight),
        pictures=pictures,
        comparison=ModelComparison(teller, catalogue, registry, prompts, in_flight),
        prompts=prompts,
        similarity=meaning.similarity,
        meaning=meaning,
        datasets=datasets,
        drafts=DraftService(database, datasets, clock),
        contributions=ContributionService(
            database, model_server(settings), guard, clock, on=settings.contributions == "on"
        ),
        withdrawals=withdrawals,
        finetunes=finetunes,
        job_control=job_control,
        history=JobHistory(finetunes, reporter, EventStore(database), charts),
        charts=charts,
        budget=budget,
        access=access,
        allowance=allowance,
        limits=LimitService(limit_store, clock),
        guild_settings=SettingsService(settings_store, budget, clock),
        guard=guard,
        moderation=ModerationService(rules, guard, clock, on=moderator.on),
        registry=registry,
        top=TopService(database, clock),
        usage=UsageService(database, clock),
        ask=AskService(meter, catalogue, abilities.tools, access, guard, in_flight),
        arena=ArenaService(database, teller, registry, prompts, in_flight, clock, Random()),  # noqa: S311 - no secret
        arena_ranking=ArenaRanking(database, registry, prompts),
        preferences=PreferenceService(database, datasets, registry),
        digests=Digests(database, clock),
        tracker=Tracker(database, jobs, llm, launcher, registry, clock),
        reporter=reporter,
        shutdowns=ShutdownWatch(llm, models, OutboxStore(database), state, clock),
        pruner=Pruner(database),
        privacy=PrivacyService(database, dataset_store, datasets, settings, clock),
        forgetting=ForgettingService(database, withdrawals, meaning, training_answers, clock),
        retention=Retention(database, days_of(settings), clock),
        departures=Departures(database, llm, datasets, meaning, guard, clock, days=left_days),
        cluster=cluster,
    )
