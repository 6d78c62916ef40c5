"""Fills servers with what a test takes for granted, through the bot's own services."""

import asyncio
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from bot.app import App
from bot.store.datasets import DatasetStore, NewDataset
from bot.store.jobs import Job
from bot.store.models import RegisteredModel
from tests.cogs.seen import training_file

ADMIN = 1


async def stock(app: App, guild_id: int, first: str, *others: str, content: bytes | None = None) -> None:
    """Datasets of these names. The first is uploaded; the others are rows on the same file, without a check each."""
    path: Path = app.datasets.incoming(1)
    await asyncio.to_thread(path.write_bytes, content or training_file())
    uploaded = await app.datasets.upload(guild_id, ADMIN, path, "jokes.jsonl", first)
    values = {field.name: getattr(uploaded, field.name) for field in fields(NewDataset)}
    for name in others:
        assert await DatasetStore(app.database).add(NewDataset(**{**values, "name": name}))


async def launched(app: App, guild_id: int, dataset: str, base_model: str | None = None) -> Job:
    """A job that waits for the tracker's next round."""
    offer = await app.finetunes.quote(guild_id, 1, ADMIN, dataset, base_model=base_model)
    return await app.finetunes.launch(guild_id, ADMIN, offer.quote.id, None)


async def past_jobs(app: App, guild_id: int, dataset: str, count: int, base_model: str | None = None) -> list[Job]:
    """Jobs that were cancelled before the model server knew them."""
    jobs = []
    for _ in range(count):
        job = await launched(app, guild_id, dataset, base_model)
        jobs.append(await app.job_control.cancel(guild_id, job.id))
    return jobs


async def models(app: App, guild_id: int, names: Iterable[str]) -> list[RegisteredModel]:
    """Models of one job, the first of them in use."""
    await stock(app, guild_id, "for-models")
    (job,) = await past_jobs(app, guild_id, "for-models", 1)
    return [await app.registry.register(job, name) for name in names]
