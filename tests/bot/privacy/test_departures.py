"""Servers that removed the bot: everything of theirs goes after the grace period, here and at the model server."""

from pathlib import Path

import pytest

from bot.app import App
from bot.settings import Settings
from bot.store.personal import TABLES
from tests.bot.parts import StillClock, count, dangling, job_now, launch
from tests.bot.privacy.traces import ELSEWHERE, LEAVER, SERVER, TEXTS, be_everywhere, left_in, needles, said, tell
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contributions": "on"})


@pytest.fixture(autouse=True)
def answers(server: FakeModelServer) -> None:
    server.models |= {f"ft:{number}:{SERVER}": {"owned_by": "x"} for number in ("one", "two")}
    server.say = lambda asked: f"{said(asked['messages'][-1]['content'])} {asked['model']}"


async def of_server(app: App, guild: int) -> set[str]:
    """The tables with rows of a server."""
    found = set()
    for table in TABLES:
        if table.guild is not None:
            rows = await app.database.fetch_all(f"SELECT 1 FROM {table.name} WHERE {table.guild}", {"guild_id": guild})  # noqa: S608
            found |= {table.name} if rows else set()
    return found


async def rounds(app: App) -> None:
    """As many rounds as there is something to do at once."""
    while await app.departures.round() < 60:
        pass


async def test_a_server_is_deleted_after_thirty_days_and_others_are_not(
    app: App, clock: StillClock, tmp_path: Path
) -> None:
    await be_everywhere(app, LEAVER)
    await tell(app, LEAVER, "A duck", guild=ELSEWHERE)
    await app.departures.left(SERVER)
    clock.advance(days=30)
    await rounds(app)
    assert "generations" in await of_server(app, SERVER)
    clock.advance(seconds=1)
    await rounds(app)
    await app.tracker.round()
    await rounds(app)
    await app.forgetting.round()
    assert (await of_server(app, SERVER), await of_server(app, ELSEWHERE)) == (set(), {"generations", "usage"})
    assert await count(app.database, "departures") == 0
    assert await left_in(tmp_path, needles(SERVER, TEXTS)) == {}
    assert await dangling(app.database) == []


async def test_a_job_under_way_is_cancelled_and_its_files_are_deleted_before_its_row(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    job = await launch(app, guild_id=SERVER)
    await app.tracker.round()
    assert len(server.jobs.files) == 1
    await app.departures.left(SERVER)
    clock.advance(days=31)
    server.script("cancel_job", replies.error(503, "busy"))
    await rounds(app)
    assert (await of_server(app, SERVER), len(server.jobs.files)) == ({"jobs", "quotes", "datasets"}, 1)
    await rounds(app)
    for _ in range(2):
        await app.tracker.round()
    (remote,) = server.jobs.jobs.values()
    assert (remote["status"], server.jobs.files) == ("cancelled", {})
    assert (await job_now(app, job)).files_withdrawn_at is None
    await rounds(app)
    assert await of_server(app, SERVER) == set()


async def test_no_report_is_paid_for_once_a_server_left(app: App, server: FakeModelServer) -> None:
    job = await launch(app, guild_id=SERVER)
    await app.tracker.round()
    server.jobs.finish((await job_now(app, job)).remote_job_id or "")
    await app.tracker.round()
    await app.departures.left(SERVER)
    await app.reporter.round()
    assert server.calls("chat") == []


async def test_a_server_that_comes_back_keeps_everything(app: App, clock: StillClock) -> None:
    await tell(app, LEAVER, "A duck", guild=SERVER)
    await app.departures.left(SERVER)
    clock.advance(days=29)
    await app.departures.joined(SERVER)
    clock.advance(days=29)
    await rounds(app)
    assert await of_server(app, SERVER) == {"generations", "usage"}


async def test_a_start_finds_out_who_left_meanwhile_and_who_is_back(app: App, clock: StillClock) -> None:
    for guild in (SERVER, ELSEWHERE):
        await tell(app, LEAVER, "A duck", guild=guild)
    await app.departures.compare({ELSEWHERE})
    clock.advance(days=20)
    await app.departures.compare({ELSEWHERE})
    clock.advance(days=11)
    assert await count(app.database, "departures") == 1
    await rounds(app)
    assert (await of_server(app, SERVER), await of_server(app, ELSEWHERE)) == (
        set(),
        {"generations", "usage"},
    )
    await app.departures.compare(set())
    await app.departures.compare({ELSEWHERE})
    assert await count(app.database, "departures") == 0


async def test_of_one_shard_nothing_is_said_about_the_servers_of_others(app: App) -> None:
    for guild in (SERVER, ELSEWHERE):
        await tell(app, LEAVER, "A duck", guild=guild)
    await app.departures.compare(set(), lambda guild_id: guild_id == SERVER)
    rows = await app.database.fetch_all("SELECT guild_id FROM departures")
    assert [row["guild_id"] for row in rows] == [SERVER]
