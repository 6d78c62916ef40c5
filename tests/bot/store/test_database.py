"""Transactions: whole or not at all, one at a time, and never mixed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.database_url import place_of
from bot.errors import DatabaseBusyError
from bot.store.database import Database, from_text, goes_first, open_database, to_text, turn_seconds

REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)
ADD = "INSERT INTO app_state (key, value) VALUES (:key, '')"


@pytest.fixture
async def neighbour(database_url: str, database: Database) -> AsyncIterator[Database]:
    """Another process's view of the same database: it sees what is committed."""
    async with open_database(place_of(database_url)) as other:
        yield other


async def add(database: Database, key: str) -> None:
    await database.write(ADD, {"key": key})


async def add_together(database: Database, *names: str) -> None:
    async with database.transaction():
        for key in names:
            await add(database, key)


async def fail_after_adding(database: Database, key: str) -> None:
    async def fail() -> None:
        async with database.transaction():
            await add(database, key)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()


async def keys(database: Database) -> list[str]:
    return [row["key"] for row in await database.fetch_all("SELECT key FROM app_state ORDER BY key")]


async def test_a_transaction_commits_all_that_was_written_inside(database: Database, neighbour: Database) -> None:
    async with database.transaction():
        await add(database, "a")
        await add(database, "b")
        assert await keys(neighbour) == []
    assert await keys(neighbour) == ["a", "b"]


async def test_inside_a_transaction_one_reads_what_one_wrote_and_others_what_is_committed(database: Database) -> None:
    async with database.transaction():
        await add(database, "a")
        assert await keys(database) == ["a"]
        assert await asyncio.create_task(keys(database)) == []


async def test_an_exception_takes_everything_back(database: Database) -> None:
    await fail_after_adding(database, "a")
    assert await keys(database) == []
    await add(database, "b")
    assert await keys(database) == ["b"]


async def test_a_refused_statement_takes_everything_back(database: Database) -> None:
    with pytest.raises(REFUSED):
        await add_together(database, "a", "a")
    assert await keys(database) == []


async def test_a_nested_transaction_joins_the_outer_one(database: Database) -> None:
    async def nest() -> None:
        async with database.transaction():
            await add_together(database, "a", "b")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await nest()
    assert await keys(database) == []


async def test_another_coroutines_commit_never_persists_half_of_ones_own(
    database: Database, neighbour: Database
) -> None:
    half_done, go_on = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.transaction():
            await add(database, "half")
            half_done.set()
            await go_on.wait()
            raise ZeroDivisionError

    async def second() -> None:
        async with database.transaction():
            await add(database, "whole")

    failing = asyncio.create_task(first())
    await half_done.wait()
    others = [asyncio.create_task(second()), asyncio.create_task(add(database, "single"))]
    await neighbour.fetch_all("SELECT 1")  # time enough for a commit that does not wait its turn
    assert await keys(neighbour) == []
    go_on.set()
    with pytest.raises(ZeroDivisionError):
        await failing
    await asyncio.gather(*others)
    assert await keys(neighbour) == ["single", "whole"]


async def test_many_writers_take_turns(database: Database) -> None:
    await database.write("INSERT INTO app_state (key, value) VALUES ('sum', '0')")

    async def increment() -> None:
        async with database.transaction():
            row = await database.fetch_one("SELECT value FROM app_state WHERE key = 'sum'")
            assert row is not None
            await database.write("UPDATE app_state SET value = :value", {"value": str(int(row["value"]) + 1)})

    await asyncio.gather(*(increment() for _ in range(50)))
    row = await database.fetch_one("SELECT value FROM app_state")
    assert row is not None
    assert row["value"] == "50"


@pytest.mark.parametrize("awaits", range(8))
async def test_a_transaction_cancelled_anywhere_leaves_nothing_behind(database: Database, awaits: int) -> None:
    async def write() -> None:
        async with database.transaction():
            await add(database, "a")
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    for _ in range(awaits):  # so many steps of the loop into it
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await keys(database) == []
    await asyncio.create_task(add(database, "b"))
    async with database.transaction():
        await add(database, "c")
    assert await keys(database) == ["b", "c"]


async def test_a_transaction_cancelled_twice_leaves_nothing_behind(database: Database) -> None:
    inside = asyncio.Event()

    async def write() -> None:
        async with database.transaction():
            await add(database, "a")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await inside.wait()
    task.cancel()
    await asyncio.sleep(0)  # it is rolling back now
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with database.transaction():
        await add(database, "b")
    assert await keys(database) == ["b"]


@pytest.mark.sqlite
async def test_a_writer_that_found_the_file_locked_owns_nothing_afterwards(database: Database, tmp_path: Path) -> None:
    await database.write("PRAGMA busy_timeout = 1")
    blocker = sqlite3.connect(tmp_path / "punchline.db", isolation_level=None)
    try:
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusyError, match="database is busy"):
            async with database.transaction():
                raise AssertionError("must not get here")
        blocker.execute("ROLLBACK")
    finally:
        blocker.close()
    await fail_after_adding(database, "a")
    assert await keys(database) == []


async def test_a_writer_whom_discord_waits_for_goes_before_the_others(database: Database) -> None:
    order: list[str] = []

    async def write(name: str, *, first: bool) -> None:
        goes_first.set(first)
        await add(database, name)
        order.append(name)

    async with database.transaction():
        others = [asyncio.create_task(write(f"other {n}", first=False)) for n in range(5)]
        await asyncio.sleep(0)
        votes = [asyncio.create_task(write(f"vote {n}", first=True)) for n in range(2)]
        await asyncio.sleep(0)
    await asyncio.gather(*others, *votes)
    assert order == ["vote 0", "vote 1", *(f"other {n}" for n in range(5))]


async def test_a_writer_whose_turn_does_not_come_says_so_before_discord_gives_up(
    database: Database,
) -> None:
    turn_seconds.set(0.01)
    async with database.transaction():
        other = asyncio.create_task(add(database, "late"))
        await asyncio.wait([other])
    with pytest.raises(DatabaseBusyError):
        await other
    await add(database, "next")
    assert await keys(database) == ["next"]


async def test_subscribers_wake_after_the_commit_and_not_before(database: Database) -> None:
    first, second, other = database.subscribe("jobs"), database.subscribe("jobs"), database.subscribe("models")
    async with database.transaction():
        await add(database, "a")
        database.announce("jobs")
        assert not first.is_set()
        await asyncio.create_task(_announce(database, "models"))
        assert other.is_set()
        assert not first.is_set()
    assert first.is_set()
    assert second.is_set()


async def _announce(database: Database, topic: str) -> None:
    database.announce(topic)


async def test_what_was_taken_back_wakes_nobody(database: Database) -> None:
    event = database.subscribe("jobs")

    async def fail() -> None:
        async with database.transaction():
            database.announce("jobs")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.transaction():
        await add(database, "a")
    assert not event.is_set()


@pytest.mark.sqlite
async def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "bot.db"
    for mode in (0o666, 0o600):
        async with open_database(path) as database:
            await add(database, str(mode))
            assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}
        path.chmod(0o644)
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_foreign_keys_are_enforced(database: Database) -> None:
    with pytest.raises(REFUSED):
        await database.write("INSERT INTO votes VALUES (1, 2, 1, '')")


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.just(timezone(timedelta(hours=5)))))
def test_stored_moments_come_back_and_sort_as_they_are(first: datetime, second: datetime) -> None:
    try:
        texts = to_text(first), to_text(second)
    except OverflowError:  # the first or last hours of the calendar
        return
    assert from_text(texts[0]) == first.astimezone(UTC)
    assert (texts[0] < texts[1]) == (first.astimezone(UTC) < second.astimezone(UTC))


async def test_one_of_many_that_is_refused_takes_none_of_the_others_with_it(database: Database) -> None:
    names = ["a", "b", "a", "c"]
    found = await asyncio.gather(*(add(database, key) for key in names), return_exceptions=True)
    assert [isinstance(one, REFUSED) for one in found].count(True) == 1
    assert await keys(database) == ["a", "b", "c"]


async def test_a_burst_of_statements_shares_commits_and_each_gets_its_own_row(database: Database) -> None:
    sql = "INSERT INTO app_state (key, value) VALUES (:key, '') RETURNING key"
    names = [f"{number:03}" for number in range(150)]
    rows = await asyncio.gather(*(database.write(sql, {"key": key}) for key in names))
    assert [row["key"] for row in rows if row] == names
    assert await keys(database) == names


async def test_who_leaves_a_burst_takes_nobody_with_it(database: Database) -> None:
    names = [f"{number:02}" for number in range(20)]
    tasks = [asyncio.create_task(add(database, key)) for key in names]
    for steps, task in enumerate(tasks[:5]):
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert set(names[5:]) <= set(await keys(database))
