"""What the tests of `bot` are made of: ids, a clock that stands still, training files, and rows made by the real services."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.files.opening import open_storage
from bot.files.place import Bucket
from bot.files.storage import Storage
from bot.model_server.completion import Completion
from bot.settings import Settings
from bot.store.database import Database
from bot.store.datasets import Dataset
from bot.store.generations import GenerationStore
from bot.store.jobs import Job, JobStore
from bot.store.models import ModelStore, RegisteredModel
from bot.store.outbox import Delivery, OutboxStore
from bot.store.usage import Usage, UsageStore
from tests.postgres import server_url
from tests.wire.model_server import FakeModelServer

GUILD, OTHER_GUILD, CHANNEL, ADMIN, MEMBER = 100, 200, 300, 400, 500
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


class StillClock:
    """Time passes when a test says so."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def settings_for(folder: Path, url: str, **changes: Any) -> Settings:
    """Settings for a bot whose files lie in `folder` and whose model server is at `url`."""
    values = {
        "discord_token": "discord-secret",
        "openai_api_key": "openai-secret",
        "openai_base_url": url,
        "database_url": f"sqlite:///{folder / 'punchline.db'}",
        "datasets_folder": folder / "punchline.files",
    }
    return Settings(**{**values, **changes})


def example(user: str = "A man walking", answer: str = "He walked into a bar. Haha") -> dict[str, Any]:
    """One training example."""
    turns = (("system", "You joke."), ("user", user), ("assistant", answer))
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def training_file(count: int = 10) -> bytes:
    """A well-formed training file; its scenarios are numbered from 1."""
    return b"".join(json.dumps(example(f"Scenario {number}")).encode() + b"\n" for number in range(1, count + 1))


def are_small(server: FakeModelServer) -> None:
    """From now on the server's list says of each model that it is small."""
    for described in server.models.values():
        described["meta"] = {"n_params": 134_515_008}


def answered(*texts: str, model: str = "gpt-6-luna") -> Completion:
    """A completion as the model server's answers are kept."""
    texts = texts or ("A joke. Haha",)
    return Completion(texts, model, 36, 12, 80.5, '{"id": "chatcmpl-1"}', (None,) * len(texts), (False,) * len(texts))


# Marks tests that are to hold with dataset files in a folder and in a bucket.
on_both = pytest.mark.parametrize("files", ["folder", "bucket"], indirect=True)


def storage_of(settings: Settings) -> Storage:
    """Where the dataset files are, opened beside the bot."""
    return open_storage(settings.files, settings.local_folder)


async def stored(settings: Settings) -> list[str]:
    """The names of the dataset files, and of files on their way, there and on this machine."""
    names = {one.name for one in await storage_of(settings).list()}
    local = settings.local_folder if isinstance(settings.files, Bucket) else settings.files_folder
    return sorted(names | {path.name for path in local.glob("*")})


def path_of(app: App, dataset: Dataset) -> Path:
    """The file of a dataset, where they are in a folder."""
    return app.settings.files_folder / f"{dataset.sha256}.jsonl"


async def content_of(app: App, dataset: Dataset) -> bytes:
    """What the file of a dataset holds."""
    async with app.datasets.reading(dataset) as path:
        return path.read_bytes()


async def lose(app: App, *datasets: Dataset) -> None:
    """Delete the files of datasets behind the bot's back."""
    await storage_of(app.settings).delete([dataset.sha256 for dataset in datasets])


async def upload(app: App, content: bytes, *, guild_id: int = GUILD, name: str | None = "jokes") -> Dataset:
    """Bring a file in as the command does."""
    path = app.datasets.incoming(len(content))
    path.write_bytes(content)
    return await app.datasets.upload(guild_id, ADMIN, path, "from discord.jsonl", name)


async def launch(
    app: App, dataset: str = "jokes", *, guild_id: int = GUILD, message_id: int | None = None, **choices: Any
) -> Job:
    """Upload a dataset unless there is one, quote it, and take the quote: a pending job."""
    if not await app.datasets.list(guild_id):
        await upload(app, training_file(), guild_id=guild_id)
    offer = await app.finetunes.quote(guild_id, CHANNEL, ADMIN, dataset, **choices)
    return await app.finetunes.launch(guild_id, ADMIN, offer.quote.id, message_id)


async def job_now(app: App, job: Job) -> Job:
    """The row as it stands."""
    return await JobStore(app.database).by_id(job.id)


async def change_job(app: App, job: Job, **changes: Any) -> Job:
    """The row with these columns set, as the tracker would."""
    before = await job_now(app, job)
    await JobStore(app.database).save(before, replace(before, **changes), now=app.clock())
    return await job_now(app, job)


async def waiting(app: App) -> list[Delivery]:
    """What the bot owes Discord, whenever it may be tried."""
    far = START + timedelta(days=9999)
    return list(await OutboxStore(app.database).due(far, START - timedelta(days=9999)))


async def notices(app: App) -> list[tuple[int, str]]:
    """Guild and key of the notices that wait."""
    return [(delivery.guild_id, delivery.subject) for delivery in await waiting(app) if delivery.kind == "notice"]


async def own_model(
    app: App, name: str = "ft:practice-1:mine", guild_id: int = GUILD, *, use: bool = False, kind: str = "joke"
) -> RegisteredModel:
    """A fine-tuned model of a guild."""
    store = ModelStore(app.database)
    model = await store.add(guild_id, name, base_model="practice-1", job_id=None, now=START, kind=kind)
    if use:
        await store.activate(guild_id, model.id, kind=kind, activated_by=ADMIN, now=START)
    return model


async def keep(app: App, *texts: str, guild_id: int = GUILD, scenario: str = "ducks", channel_id: int = CHANNEL) -> int:
    """A joke, or several, as the bot keeps what it told; returns the generation's id."""
    usage = await UsageStore(app.database).add(
        Usage(guild_id, MEMBER, "joke", "joke", "gpt-6-luna", 36, 12, 80.5, START)
    )
    kept: dict[str, Any] = {"asked": scenario, "request": {"scenario": scenario}, "channel_id": channel_id}
    return await GenerationStore(app.database).add(usage, completion=answered(*texts), fine_tuned=False, **kept)


async def count(database: Database, table: str) -> int:
    """How many rows a table has."""
    rows = await database.fetch_all(f"SELECT COUNT(*) AS n FROM {table}")  # noqa: S608  # names from tests
    return int(rows[0]["n"])


async def dangling(database: Database) -> list[object]:
    """Rows that refer to none. PostgreSQL lets nobody make any."""
    return [] if server_url() else [tuple(row) for row in await database.fetch_all("PRAGMA foreign_key_check")]
