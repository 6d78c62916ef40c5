"""A tracker that follows hundreds of jobs at once: what one round asks for, and what it costs."""

import tempfile
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import contestants
from benchmarks.contestants import Models
from benchmarks.measured import Bar
from benchmarks.report import table
from bot.app import App, open_app
from bot.clock import utc_now
from bot.settings import Settings
from bot.store.database import BACKGROUND_TURN_SECONDS, turn_seconds
from bot.store.datasets import DatasetStore, NewDataset
from bot.store.jobs import JobStore

TITLE = "A round of the tracker over 500 active jobs"
JOBS, ROUNDS = 500, 10
MOST_REQUESTS, MOST_SECONDS = 10, 1.0
JOKES = Path(__file__).parents[1] / "data" / "jokes.jsonl"
ADMIN = 1


@dataclass(frozen=True)
class Round:
    """What one round took: requests to the model server, CPU and wall seconds of the bot's process."""

    requests: int
    cpu: float
    wall: float


async def measure() -> list[Round]:
    """Rounds in which every job has moved, so that each row is written. They wait as long as the background's own."""
    turn_seconds.set(BACKGROUND_TURN_SECONDS)
    async with contestants.model_server() as models:
        with tempfile.TemporaryDirectory() as folder:
            async with open_app(_settings(models.url, Path(folder))) as app:
                await _launch_all(app)
                await app.tracker.round()
                return [await _round(app, models) for _ in range(ROUNDS)]


def _settings(url: str, folder: Path) -> Settings:
    values: dict[str, Any] = {"discord_token": "none", "openai_api_key": "bench", "openai_base_url": url}
    return Settings(**{**values, "database_url": f"sqlite:///{folder / 'bench.db'}"})


async def _launch_all(app: App) -> None:
    path = app.datasets.incoming(JOKES.stat().st_size)
    path.write_bytes(JOKES.read_bytes())
    first = await app.datasets.upload(1, ADMIN, path, "jokes.jsonl", "jokes")
    stored = {field.name: getattr(first, field.name) for field in fields(NewDataset)}
    for guild_id in range(1, JOBS + 1):
        await DatasetStore(app.database).add(NewDataset(**{**stored, "guild_id": guild_id}))
        offer = await app.finetunes.quote(guild_id, guild_id, ADMIN, "jokes")
        await app.finetunes.launch(guild_id, ADMIN, offer.quote.id, None)


async def _round(app: App, models: Models) -> Round:
    store = JobStore(app.database)
    for job in await store.unfinished(utc_now()):
        await store.save(job, replace(job, status="queued"), now=utc_now())
    before, cpu, wall = await models.calls(), time.process_time(), time.perf_counter()
    await app.tracker.round()
    took = time.process_time() - cpu, time.perf_counter() - wall
    changed = sum(job.status != "queued" for job in await store.unfinished(utc_now()))
    if changed != JOBS:
        raise RuntimeError(f"only {changed} of {JOBS} rows followed the server")
    return Round(await models.calls() - before, *took)


def render(rounds: list[Round]) -> str:
    """The medians beside their bars, and every round."""
    requests, cpu = median(one.requests for one in rounds), median(one.cpu for one in rounds)
    checked = [
        Bar("requests a round (median)", requests, MOST_REQUESTS, "", "a handful"),
        Bar("CPU a round (median)", cpu, MOST_SECONDS, "s", "1 s"),
    ]
    head = ["promise", "measured", "bar", "which is", "share of the bar", "verdict"]
    wall = ", ".join(f"{one.wall:.2f}" for one in rounds)
    return "\n\n".join(
        [
            f"{JOBS} servers have one active job each, and between two rounds every job has moved, so that every row is "
            "written. The model server is a process of its own; the bot's process does nothing else.",
            table(head, [bar.row() for bar in checked]),
            f"Wall seconds of the {len(rounds)} rounds: {wall}.",
        ]
    )
