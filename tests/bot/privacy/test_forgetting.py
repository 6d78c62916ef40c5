"""Being forgotten: nothing of the member is left, in any table or file, and everything of others is."""

import asyncio
from pathlib import Path

import pytest

import bot.datasets.service
from bot.app import App, open_app
from bot.datasets import task
from bot.datasets.task import Outcome
from bot.errors import ConflictError
from bot.privacy.forgetting import Forgotten
from bot.settings import Settings
from bot.store.arena import Arena
from bot.store.forgetting import ForgettingStore
from bot.store.personal import TABLES
from bot.store.personal.table import Holds
from tests.bot.parts import StillClock, count, dangling, own_model
from tests.bot.privacy.traces import (
    ELSEWHERE,
    LEAVER,
    ROUND,
    SERVER,
    STAYER,
    TYPED,
    be_everywhere,
    left_in,
    needles,
    rows_of,
    said,
    tables_naming,
    tell,
)
from tests.postgres import server_url
from tests.wire.model_server import FakeModelServer

# A member has no row in these while nothing is asked for.
ONLY_WHILE_ASKED = {"forgettings"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contributions": "on"})


@pytest.fixture(autouse=True)
def answers(server: FakeModelServer) -> None:
    for name in (f"ft:{number}:{guild}" for number in ("one", "two") for guild in (SERVER, ELSEWHERE)):
        server.models[name] = {"id": name, "object": "model", "created": 0, "owned_by": "x"}
    server.say = lambda asked: f"{said(asked['messages'][-1]['content'])} {asked['model']}"


async def test_not_a_byte_of_a_member_is_left_and_all_of_the_others_is(
    app: App, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    datasets = await be_everywhere(app, LEAVER)
    naming = {table.name for table in TABLES if table.having(Holds.OWNER) or table.having(Holds.AUTHOR)}
    assert await tables_naming(app.database, LEAVER) == naming - ONLY_WHILE_ASKED
    files = await left_in(tmp_path, needles(LEAVER))
    assert len(files) >= (2 if server_url() else 3)  # the datasets' files, the database and its log
    others = await rows_of(app.database, STAYER)
    on_own_joke = [row for row in others["votes"] if row[0] == 1]

    done = await app.forgetting.forget(SERVER, LEAVER)
    assert done == Forgotten(True, len(datasets), trained=False)
    await app.forgetting.round()

    assert await tables_naming(app.database, LEAVER) == set()
    assert await left_in(tmp_path, needles(LEAVER)) == {}
    assert not any(needle.decode(errors="ignore") in caplog.text for needle in needles(LEAVER) if needle.isascii())
    assert await count(app.database, "forgettings") == 0
    stayed = await rows_of(app.database, STAYER)
    assert stayed == {**others, "votes": [row for row in others["votes"] if row not in on_own_joke]}
    assert await dangling(app.database) == []


async def test_what_others_need_stays_without_an_id(app: App) -> None:
    await be_everywhere(app, LEAVER)
    before = await app.database.fetch_all("SELECT SUM(prompt_tokens) AS tokens, COUNT(*) AS requests FROM usage")
    await app.forgetting.forget(SERVER, LEAVER)
    after = await app.database.fetch_all("SELECT SUM(prompt_tokens) AS tokens, COUNT(*) AS requests FROM usage")
    assert [tuple(row) for row in after] == [tuple(row) for row in before]
    assert [dataset.name for dataset in await app.datasets.list(SERVER)] == ["plain"]
    jobs = await app.database.fetch_all("SELECT created_by, status FROM jobs")
    assert [tuple(row) for row in jobs] == [(0, "cancelled")]
    votes = await app.database.fetch_all("SELECT user_id, choice FROM round_votes ORDER BY user_id")
    assert [tuple(row) for row in votes] == [(-1, "left"), (STAYER, "left")]


async def test_a_round_is_closed_and_its_message_says_that_it_is_forgotten(app: App) -> None:
    await be_everywhere(app, LEAVER)
    await app.forgetting.forget(SERVER, LEAVER)
    rounds = await app.database.fetch_all("SELECT scenario, left_text, right_text, opened_by, closed_at FROM rounds")
    assert [tuple(row)[:4] for row in rounds] == [("", "", "", 0)] * 2
    assert all(row["closed_at"] for row in rounds)
    owed = await app.database.fetch_all(
        "SELECT subject FROM outbox WHERE kind = 'round' AND delivered_revision < revision"
    )
    assert len(owed) == 2


async def test_a_request_that_is_cut_off_is_finished_at_the_next_start(
    app: App, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: StillClock
) -> None:
    await be_everywhere(app, LEAVER)

    async def killed(*_: object, **__: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(ForgettingStore, "forget", killed)
    with pytest.raises(asyncio.CancelledError):
        await app.forgetting.forget(SERVER, LEAVER)
    monkeypatch.undo()
    assert await left_in(tmp_path, needles(LEAVER)) != {}
    async with open_app(settings, clock) as again:
        await again.datasets.sweep()
        await again.forgetting.round()
        assert await left_in(tmp_path, needles(LEAVER)) == {}
        assert await count(again.database, "forgettings") == 0


async def test_files_that_a_kill_left_are_deleted_at_the_next_start(
    app: App, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: StillClock
) -> None:
    await be_everywhere(app, LEAVER)

    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr(app.datasets, "delete_withdrawn", killed)
    with pytest.raises(asyncio.CancelledError):
        await app.forgetting.forget(SERVER, LEAVER)
    async with open_app(settings, clock) as again:
        await again.datasets.sweep()
        await again.forgetting.round()
        assert await left_in(tmp_path, needles(LEAVER)) == {}


async def test_a_failure_is_told_and_tried_again(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    await tell(app, LEAVER, TYPED)

    async def broken(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(ForgettingStore, "forget", broken)
    assert await app.forgetting.forget(SERVER, LEAVER) == Forgotten(finished=False)
    assert await tables_naming(app.database, LEAVER) == {"usage", "forgettings"}
    monkeypatch.undo()
    await app.forgetting.round()
    assert await tables_naming(app.database, LEAVER) == set()


async def test_only_the_server_that_was_asked_forgets_unless_all_are(app: App) -> None:
    for guild in (SERVER, ELSEWHERE):
        await tell(app, LEAVER, TYPED, guild=guild)
        await app.similarity.compare(guild, LEAVER, TYPED, ROUND)
    await app.forgetting.forget(SERVER, LEAVER)
    assert await app.generations.shown(ELSEWHERE, "joke", TYPED) == {said(TYPED)}
    assert app.similarity.recall(ELSEWHERE, LEAVER, TYPED, ROUND) is not None
    assert app.similarity.recall(SERVER, LEAVER, TYPED, ROUND) is None
    assert (await app.forgetting.count(SERVER, LEAVER), await app.forgetting.count(ELSEWHERE, LEAVER) != ()) == (
        (),
        True,
    )
    await app.forgetting.forget(SERVER, LEAVER, everywhere=True)
    assert await tables_naming(app.database, LEAVER) == set()
    assert await app.generations.shown(ELSEWHERE, "joke", TYPED) == frozenset()


async def test_what_a_member_typed_last_and_the_index_are_gone_from_memory(app: App) -> None:
    await tell(app, LEAVER, TYPED)
    await app.meaning.search.search(SERVER, LEAVER, ROUND)
    await app.forgetting.forget(SERVER, LEAVER)
    with pytest.raises(Exception, match="You have not"):
        await app.meaning.search.last_text(SERVER, LEAVER)
    assert await app.meaning.index.is_empty(SERVER)


async def test_the_file_is_rewritten_at_most_a_twentieth_of_the_time(app: App, clock: StillClock) -> None:
    times = iter([0.0, 30.0, 100.0, 100.1])
    app.forgetting._seconds = lambda: next(times)
    await app.forgetting.forget(SERVER, LEAVER)
    assert await app.forgetting.round() == 600
    await app.forgetting.forget(SERVER, STAYER)
    assert await app.forgetting.round() == 600
    assert await count(app.database, "forgettings") == 1
    clock.advance(seconds=600)
    assert await app.forgetting.round() == 60
    assert await count(app.database, "forgettings") == 0


async def decided(app: App, guild: int, scenarios: list[str | None]) -> None:
    """Closed rounds that the member opened, in which each contestant won some; None is a shipped scenario."""
    await be_in_arena(app, guild)
    for number, scenario in enumerate(scenarios):
        opened = await app.arena.play(guild, LEAVER, scenario)
        for voter in (STAYER, STAYER + 1):
            await app.arena.vote(guild, voter, opened.id, "left" if opened.left_id % 2 == number % 2 else "right")


async def be_in_arena(app: App, guild: int) -> None:
    for name in ("ft:one", "ft:two"):
        await own_model(app, f"{name}:{guild}", guild)
    await app.arena.start(guild, STAYER, Arena(votes=2, minutes=60))
    await app.arena.remove(guild, "base")


async def test_preferences_go_with_whoever_asked_their_questions_but_shipped_ones_are_nobodys(app: App) -> None:
    await decided(app, SERVER, [f"{ROUND} {number}" for number in range(10)])
    await decided(app, ELSEWHERE, [None] * 30)
    for guild in (SERVER, ELSEWHERE):
        await app.preferences.save(guild, STAYER, "taste", "joke", votes=2, percent=60)
    held = [await app.database.fetch_all("SELECT user_id, dataset_id FROM dataset_askers")]
    assert [tuple(row) for row in held[0]] == [(LEAVER, 1)]
    done = await app.forgetting.forget(SERVER, LEAVER, everywhere=True)
    assert done.datasets == 1
    assert (await app.datasets.list(SERVER), len(await app.datasets.list(ELSEWHERE))) == ((), 1)


async def test_a_dataset_that_is_saved_while_its_asker_is_forgotten_is_refused(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    await decided(app, SERVER, [f"{ROUND} {number}" for number in range(10)])
    run = task.run

    async def meanwhile(*given: object) -> Outcome:
        outcome = await run(*given)  # type: ignore[arg-type]  # passed on
        await app.forgetting.forget(SERVER, LEAVER)
        return outcome

    monkeypatch.setattr(bot.datasets.service, "run", meanwhile)
    with pytest.raises(ConflictError):
        await app.preferences.save(SERVER, STAYER, "taste", "joke", votes=2, percent=60)
    assert await app.datasets.list(SERVER) == ()
    assert await tables_naming(app.database, LEAVER) == set()
