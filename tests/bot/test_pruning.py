"""What grows with use stays within its bounds; what people voted for goes last, and what is still needed never."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from bot.app import App
from bot.pruning import Pruner
from bot.store.bounds import BATCH, BOUNDS, BoundStore
from bot.store.events import EventStore
from bot.store.outbox import OutboxStore
from bot.store.vectors import VectorStore
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, StillClock, count, keep, launch, training_file, upload, waiting


def bounded(app: App, most: int, *, max_vector_bytes: int = 1024) -> Pruner:
    return Pruner(app.database, [replace(bound, most=most) for bound in BOUNDS], max_vector_bytes)


async def ids(app: App, table: str) -> list[int]:
    return [row["id"] for row in await app.database.fetch_all(f"SELECT id FROM {table} ORDER BY id")]  # noqa: S608  # names of ours


async def test_each_server_keeps_its_newest_answers_and_those_with_votes(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    mine = [await keep(app) for _ in range(5)]
    other = await keep(app, guild_id=OTHER_GUILD)
    await app.generations.vote(GUILD, MEMBER, mine[0], funny=True)
    await bounded(app, 2).round()
    assert await ids(app, "generations") == [mine[0], mine[4], other]
    assert await count(app.database, "votes") == 1
    assert await count(app.database, "usage") == 6  # the ledger stays
    assert "Deleted the 3 oldest rows of generations, which were beyond its bound." in caplog.text


async def test_delivered_messages_go_and_those_that_wait_stay(app: App, clock: StillClock) -> None:
    store = OutboxStore(app.database)
    for number in range(4):
        await store.add_notice(GUILD, str(number), lambda: "News.", now=clock())
    deliveries = await waiting(app)
    for delivery in deliveries[1:]:
        await store.delivered(delivery, channel_id=1, message_id=2, now=clock(), next_attempt_at=clock())
    await bounded(app, 1).round()
    assert await ids(app, "outbox") == [deliveries[0].id, deliveries[3].id]


async def test_quotes_of_jobs_stay_and_so_do_a_jobs_newest_events(app: App, clock: StillClock) -> None:
    await upload(app, training_file())
    for _ in range(3):
        await app.finetunes.quote(GUILD, 1, MEMBER, "jokes")
    job = await launch(app)
    for number in range(4):
        await app.database.insert(
            "job_events",
            {
                "job_id": job.id,
                "event_id": str(number),
                "created_at": clock(),
                "level": "info",
                "type": "message",
                "message": str(number),
                "data": "{}",
            },
        )
    await bounded(app, 2).round()
    assert await ids(app, "quotes") == [2, 3, 4]
    assert [event.message for event in await EventStore(app.database).list(job.id, limit=9)] == ["3", "2"]


async def test_the_oldest_vectors_go_until_the_rest_fits(app: App, clock: StillClock) -> None:
    store = VectorStore(app.database)
    for number in range(BATCH + 3):
        await store.add(GUILD, MEMBER, "m", {number.to_bytes(4, "big"): np.ones(8, np.float32)}, clock())
        clock.advance(seconds=1)
    await bounded(app, 1, max_vector_bytes=2 * 32).round()
    rows = await app.database.fetch_all("SELECT text_hash FROM embeddings ORDER BY created_at")
    assert [int.from_bytes(row["text_hash"], "big") for row in rows] == [BATCH + 1, BATCH + 2]


async def test_nothing_is_deleted_below_the_bounds(app: App) -> None:
    await keep(app)
    await launch(app)
    before = await BoundStore(app.database).growth()
    await app.pruner.round()
    assert await BoundStore(app.database).growth() == before
