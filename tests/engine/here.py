"""The engine in the test's own process, over real HTTP and a real database, for what must be made to fail at a given place."""

import asyncio
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
from engine.jobs.limits import Limits
from engine.jobs.queue import JobQueue
from engine.storage.state import State, open_state
from tests.engine.counting import CountingBackend
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

    async def until(self, job: FineTuningJob, *statuses: str) -> FineTuningJob:
        """The job once it has one of these statuses."""
        async with asyncio.timeout(30):
            while True:
                found = await self.client.fine_tuning.jobs.retrieve(job.id)
                if found.status in statuses:
                    return found
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
) -> AsyncIterator[Engine]:
    """Run it until the context is left. Nothing waits longer than it must: a full disk is tried again every 20 ms."""
    for name in ("files", "models"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    async with open_state(folder) as state:
        catalogue = Catalogue(state, [backend or CountingBackend()], folder / "models", created=1)
        queue = JobQueue(state, catalogue, folder / "files", limits, retry_seconds=0.02)
        services = Services(state, catalogue, queue, Embedder(_encoder()), folder / "files", limits)
        runner = EngineRunner(create_app(services, access or Access()), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        working = asyncio.create_task(queue.run())
        try:
            async with AsyncOpenAI(base_url=url, api_key="x", max_retries=0) as client:
                yield Engine(folder, state, queue, client, url)
        finally:
            assert not working.done(), "the queue broke"
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            await runner.cleanup()


@cache
def _encoder() -> MiniLM:
    return MiniLM()
