"""What was reported of a job: newest first by arrival, metrics as they were sent."""

import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.model_server.jobs import RemoteEvent
from bot.store.database import Database
from bot.store.events import EventStore
from bot.store.jobs import JobStore
from tests.bot.parts import START
from tests.bot.store.test_jobs import added, quoted


def event(name: str, kind: str = "message", level: str = "info", seconds: int = 0, **data: Any) -> RemoteEvent:
    return RemoteEvent(name, START + timedelta(seconds=seconds), level, kind, f"told {name}", data)


@pytest.fixture
async def job_id(database: Database) -> int:
    return (await added(JobStore(database), await quoted(database))).id


async def test_events_of_one_second_stay_in_the_order_of_their_arrival(database: Database, job_id: int) -> None:
    await EventStore(database).add(job_id, [event("z"), event("a", level="warn"), event("m")])
    newest, middle, oldest = await EventStore(database).list(job_id, 10)
    assert [one.message for one in (newest, middle, oldest)] == ["told m", "told a", "told z"]
    assert (middle.level, middle.type, middle.created_at, middle.data) == ("warn", "message", START, {})


async def test_pages_meet_without_gap_or_overlap(database: Database, job_id: int) -> None:
    await EventStore(database).add(job_id, [event(f"e{number}", seconds=number) for number in range(7)])
    events, seen = EventStore(database), list[str]()
    page = await events.list(job_id, 3)
    while page:
        seen += [one.message for one in page]
        page = await events.list(job_id, 3, page[-1].number)
    assert seen == [f"told e{number}" for number in range(6, -1, -1)]


async def test_metrics_come_oldest_first_with_whatever_the_server_sent(database: Database, job_id: int) -> None:
    later, first = event("b", "metrics", seconds=9, step=2, train_loss=math.inf), event("c", "metrics", step=1)
    await EventStore(database).add(job_id, [later, event("x"), first])
    assert await EventStore(database).metrics(job_id) == ({"step": 1}, {"step": 2, "train_loss": math.inf})


async def test_an_event_knows_its_job(database: Database, job_id: int) -> None:
    await EventStore(database).add(job_id, [event("a")])
    events = EventStore(database)
    (only,) = await events.list(job_id, 1)
    assert await events.job_of(only.number) == job_id
    assert await events.job_of(only.number + 1) is None
    assert await events.list(job_id + 1, 10) == ()


async def test_events_are_stored_once_by_id(database: Database, job_id: int) -> None:
    first = event("ftevent-1", "metrics", step=1, train_loss=2.5)
    await EventStore(database).add(job_id, [first])
    await EventStore(database).add(job_id, [replace(first, message="told otherwise"), replace(first, id="ftevent-2")])
    rows = await database.fetch_all("SELECT event_id, message, data FROM job_events ORDER BY event_id")
    assert [tuple(row) for row in rows] == [
        ("ftevent-1", "told ftevent-1", '{"step": 1, "train_loss": 2.5}'),
        ("ftevent-2", "told ftevent-1", '{"step": 1, "train_loss": 2.5}'),
    ]


async def test_an_events_number_outlives_a_vacuum(database: Database, job_id: int) -> None:
    await EventStore(database).add(job_id, [event(name) for name in "abc"])
    await database.write("DELETE FROM job_events WHERE event_id = 'b'")
    before = await EventStore(database).list(job_id, 10)
    await database.write("VACUUM")
    assert await EventStore(database).list(job_id, 10) == before
