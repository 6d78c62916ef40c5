"""The engine in the test's own process, over real HTTP and a real database, for what must be made to fail at a given place."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import web
from openai import AsyncOpenAI
from openai.types.fine_tuning import FineTuningJob

from engine.api.access import Access
from engine.api.app import create_app
from engine.api.connections import EngineRunner
from engine.api.services import Services
from engine.backends.catalogue import Catalogue
from engine.backends.embedder import Embedder
from engine.backends.interface import Backend
from engine.backends.minilm import MiniLM
from engine.jobs.checks import Limits
from engine.jobs.queue import JobQueue
from engine.storage.state import State, open_state
from engine.training.runner import TrainingRunner
from tests.engine.counting import counting_backend
from tests.engine.databases import database_of
from tests.engine.datasets import training_file

UNLIMITED = Limits(spare_bytes=0)
ENDED = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Engine:
    """A running engine, its parts, and the real client; `folder` is its data directory."""

    folder: Path
    state: State
    queue: JobQueue
    client: AsyncOpenAI
    url: str
    routes: frozenset[tuple[str, str]]

    def order(self, order: str) -> None:
        """Tell counting trainers what to do before their next step."""
        draft = self.folder / "models" / "orders.draft"
        draft.write_text(order)
        draft.replace(self.folder / "models" / "orders")

    async def launch(self, epochs: int = 1, model: str = "counting") -> FineTuningJob:
        """Upload a good file and tune a model on it."""
        uploaded = await self.client.files.create(file=training_file(10), purpose="fine-tune")
        return await self.client.fine_tuning.jobs.create(
            model=model,
            training_file=uploaded.id,
            method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": epochs}}},
        )

    def fill_disk(self, *, after: int = 0, times: int | None = None) -> None:
        """Let commits fail as on a full disk: after so many that succeed, so many times, or until there is `room`."""
        commit, count = self.state._database.commit, 0
        self.room()

        async def fail() -> None:
            nonlocal count
            count += 1
            if count > after and (times is None or count <= after + times):
                raise disk_full()
            await commit()

        self.state._database.commit = fail  # type: ignore[method-assign]  # the layer that fails

    def room(self) -> None:
        """Let commits succeed again."""
        self.state._database.__dict__.pop("commit", None)

    async def until(self, job: FineTuningJob | str, *statuses: str) -> FineTuningJob:
        """The job, or the one with this id, once it has one of these statuses."""
        job_id = job if isinstance(job, str) else job.id
        async with asyncio.timeout(30):
            while True:
                found = await self.client.fine_tuning.jobs.retrieve(job_id)
                if found.status in statuses:
                    return found
                await asyncio.sleep(0.01)

    async def until_told(self, job: FineTuningJob, message: str) -> None:
        """Until an event of the job says so."""
        async with asyncio.timeout(30):
            while True:
                if message in await self.messages(job):
                    return
                await asyncio.sleep(0.01)

    async def messages(self, job: FineTuningJob) -> list[str]:
        """What the job's events say, oldest first."""
        return [event.message async for event in self.client.fine_tuning.jobs.list_events(job.id)][::-1]


@asynccontextmanager
async def engine_here(
    folder: Path,
    *,
    backend: Backend | None = None,
    access: Access | None = None,
    limits: Limits = UNLIMITED,
    full: bool = False,
    base: str = "counting",
    trainings: TrainingRunner | None = None,
    workers: int = 1,
) -> AsyncIterator[Engine]:
    """Run it until the context is left. Nothing waits longer than it must: a full disk is tried again every 20 ms."""
    for name in ("files", "models"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    async with open_state(folder, database_of(folder)) as state:
        catalogue = Catalogue(state, [backend or counting_backend(base=base)], folder / "models", created=1)
        queue = JobQueue(state, catalogue, folder / "files", limits, workers, retry_seconds=0.02, runner=trainings)
        services = Services(state, catalogue, queue, Embedder(_encoder()), folder / "files", limits)
        app = create_app(services, access or Access())
        runner = EngineRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        client = AsyncOpenAI(base_url=url, api_key="x", max_retries=0)
        routes = frozenset((route.method, route.resource.canonical) for route in app.router.routes() if route.resource)
        engine = Engine(folder, state, queue, client, url, routes)
        if full:
            engine.fill_disk()
        working = asyncio.create_task(state.while_elected(queue.run))
        try:
            async with client:
                yield engine
        finally:
            assert not working.done(), "the queue broke"
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            await runner.cleanup()


def disk_full() -> sqlite3.OperationalError:
    """What SQLite raises where the disk is full."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    return error


@cache
def _encoder() -> MiniLM:
    return MiniLM()
