"""Retention: rows past their period are deleted, a bounded number at a time, and nothing else."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.privacy.retention import IDLE_SECONDS, SECONDS_BETWEEN, Retention, days_of
from bot.settings import Settings
from bot.store.expiry import MAX_ROWS
from bot.store.personal.table import Kept
from tests.bot.parts import StillClock, count, job_now, launch, path_of
from tests.bot.privacy.traces import LEAVER, SERVER, STAYER, TYPED, be_everywhere, said, tell
from tests.wire.model_server import FakeModelServer


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contributions": "on"})


async def counts(app: App, *tables: str) -> dict[str, int]:
    return {table: await count(app.database, table) for table in tables}


async def test_answers_go_after_a_year_and_what_they_cost_a_month_later(app: App, clock: StillClock) -> None:
    await tell(app, LEAVER, TYPED)
    await app.generations.vote(SERVER, STAYER, 1, funny=True)
    await app.similarity.compare(SERVER, LEAVER, TYPED, "ducks")
    tables = ("generations", "votes", "embeddings", "usage")
    clock.advance(days=365)
    assert await app.retention.round() == IDLE_SECONDS
    assert await counts(app, *tables) == {"generations": 1, "votes": 1, "embeddings": 2, "usage": 3}
    clock.advance(seconds=1)
    await app.retention.round()
    assert await counts(app, *tables) == {"generations": 0, "votes": 0, "embeddings": 0, "usage": 3}
    clock.advance(days=35)
    await app.retention.round()
    assert await counts(app, *tables) == dict.fromkeys(tables, 0)


async def test_a_request_is_kept_as_long_as_its_answer(app: App, clock: StillClock) -> None:
    await tell(app, LEAVER, TYPED)
    clock.advance(days=999)
    retention = Retention(app.database, {Kept.ANSWERS: 0, Kept.USAGE: 400}, clock)
    await retention.round()
    assert await counts(app, "generations", "usage") == {"generations": 1, "usage": 1}


async def test_a_round_of_work_is_bounded(app: App, clock: StillClock) -> None:
    async with app.database.transaction():
        for _ in range(MAX_ROWS + 1):
            await tell(app, LEAVER, TYPED)
    clock.advance(days=366)
    assert await app.retention.round() == SECONDS_BETWEEN
    assert await count(app.database, "generations") == 1
    assert await app.retention.round() == IDLE_SECONDS
    assert await count(app.database, "generations") == 0


async def test_rounds_of_the_arena_go_with_their_votes_and_contributions_and_jobs_stay(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    server.models |= {name: {"owned_by": "x"} for name in (f"ft:one:{SERVER}", f"ft:two:{SERVER}")}
    server.say = lambda asked: f"{said(asked['messages'][-1]['content'])} {asked['model']}"
    await be_everywhere(app, LEAVER)
    await app.database.write("UPDATE outbox SET delivered_revision = revision")
    clock.advance(days=366)
    await app.arena.close_overdue()
    await app.retention.round()
    await app.retention.round()
    open_one = {"rounds": 1, "round_votes": 1}  # closed a moment ago, since nobody looked
    assert await counts(app, "rounds", "round_votes") == open_one
    assert await counts(app, "contributions", "jobs", "datasets") == {"contributions": 3, "jobs": 1, "datasets": 3}
    bodies = await app.database.fetch_all("SELECT body FROM outbox WHERE kind = 'notice' AND body <> ''")
    assert bodies == []


async def test_a_job_loses_nothing(app: App, clock: StillClock) -> None:
    job = await launch(app)
    clock.advance(days=5000)
    await app.retention.round()
    assert await job_now(app, job) == job
    assert path_of(app, await app.datasets.get(job.guild_id, "jokes")).exists()


def test_zero_is_for_ever_and_usage_covers_a_month(settings: Settings) -> None:
    assert days_of(settings) == {Kept.ANSWERS: 365, Kept.USAGE: 400, Kept.MESSAGES: 30}
    for days, fine in ((0, True), (32, True), (31, False), (-1, False)):
        values = settings.model_dump() | {"retention_usage_days": days}
        if fine:
            Settings.model_validate(values)
        else:
            with pytest.raises(ValueError, match="retention_usage_days"):
                Settings.model_validate(values)


async def test_for_ever_is_for_ever(app: App, clock: StillClock) -> None:
    await tell(app, LEAVER, TYPED)
    clock.now += timedelta(days=9999)
    await Retention(app.database, dict.fromkeys((Kept.ANSWERS, Kept.USAGE), 0), clock).round()
    assert await count(app.database, "generations") == 1
