"""PostgreSQL below the store: one schema, one writer of all processes, and a server that comes and goes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

import bot.store.postgres_lock
import bot.store.postgres_opening
from bot.backup import back_up
from bot.checks import machine
from bot.errors import DatabaseBusyError, StartupError
from bot.settings import Settings
from bot.store.app_state import AppStateStore
from bot.store.database import Database, only_bot_on, open_database
from bot.store.schema import migrations
from tests.postgres import PASSWORD, fresh_database, server_url

pytestmark = pytest.mark.postgres
NEWEST = migrations()[-1][0]
TYPES = {"INTEGER": "bigint", "BIGINT": "bigint", "TEXT": "text", "REAL": "double precision", "BLOB": "bytea"}
COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public' AND table_name <> 'schema_version'"
)
KILL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The same database in another process, or on another machine."""
    async with open_database(database_url) as other:
        yield other


def break_connections(url: str) -> None:
    """Close all connections from the server's side, as its restart does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(KILL.encode())


async def refusal(url: str) -> str:
    with pytest.raises(StartupError) as refused:
        async with open_database(url):
            pass
    assert PASSWORD not in str(refused.value)
    return str(refused.value)


async def test_tables_columns_and_unique_indexes_are_those_of_sqlite(database: Database, tmp_path: Path) -> None:
    async with open_database(tmp_path / "same.db"):
        pass
    expected = set()
    with closing(sqlite3.connect(tmp_path / "same.db")) as file:
        tables = file.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
        for (table,) in tables.fetchall():
            for _, name, kind, required, _, key in file.execute(f"PRAGMA table_info({table})"):
                expected.add((table, name, TYPES[kind], "NO" if required or key else "YES"))
        indexes = file.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE%INDEX%'")
        unique = {name for (name,) in indexes}
    assert {tuple(row) for row in await database.fetch_all(COLUMNS)} == expected
    named = await database.fetch_all("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert unique <= {row["indexname"] for row in named}


async def test_processes_that_read_and_then_write_take_turns(database: Database, other: Database) -> None:
    await AppStateStore(database).set("sum", "0")

    async def increment(one: Database) -> None:
        state = AppStateStore(one)
        async with one.transaction():
            await state.set("sum", str(int(await state.get("sum") or 0) + 1))

    await asyncio.gather(*(increment(one) for one in (database, other) * 20))
    assert await AppStateStore(database).get("sum") == "40"


async def test_a_writer_that_waits_too_long_for_another_process_says_that_nothing_was_saved(
    database: Database, other: Database
) -> None:
    async with other.transaction():
        with pytest.raises(DatabaseBusyError, match=r"database is busy\. Nothing was saved"):
            async with database.transaction():
                raise AssertionError("must not get here")
        assert await AppStateStore(database).get("key") is None  # readers go on
    await AppStateStore(database).set("key", "value")


async def test_a_lost_connection_takes_back_what_was_not_committed_and_is_made_anew(
    database: Database, database_url: str
) -> None:
    state = AppStateStore(database)

    async def cut_off() -> None:
        async with database.transaction():
            await state.set("half", "written")
            await asyncio.to_thread(break_connections, database_url)
            await state.set("other", "half")

    with pytest.raises(DatabaseBusyError, match="database does not answer"):
        await cut_off()
    assert await state.get("half") is None
    await asyncio.to_thread(break_connections, database_url)
    await state.set("next", "written")
    assert await state.get("next") == "written"


async def test_a_statement_that_failed_is_never_committed_around(database: Database) -> None:
    async def go_on_after_a_failure() -> None:
        async with database.transaction():
            await AppStateStore(database).set("key", "value")
            with pytest.raises(psycopg.errors.UndefinedTable):
                await database.fetch_all("SELECT 1 FROM nowhere")

    with pytest.raises(RuntimeError):
        await go_on_after_a_failure()
    assert await AppStateStore(database).get("key") is None


async def test_values_are_those_of_sqlite(database: Database, tmp_path: Path) -> None:
    told = "a ' quote, 100 % :name \\ 中文 🦆"
    async with open_database(tmp_path / "same.db") as file:
        for one in (database, file):
            await one.write("CREATE TABLE v (id BIGINT, t TEXT, r DOUBLE PRECISION)")
            await one.insert("v", {"id": 2**63 - 1, "t": told, "r": float("nan")})
            await one.insert("v", {"id": 1, "t": None, "r": 0.1}) if one is file else None
        (row,) = await database.fetch_all("SELECT t, r, LENGTH(t) AS n, 7 / 2 AS half FROM v")
        (same, *_) = await file.fetch_all("SELECT t, r, LENGTH(t) AS n, 7 / 2 AS half FROM v")
    assert dict(row) == dict(same) == {"t": told, "r": None, "n": len(told), "half": 3}
    assert (row[0], list(row), len(row)) == (told, [told, None, len(told), 3], 4)
    await database.write("UPDATE v SET id = 3, t = :t", {"t": "a\0b"})
    (row,) = await database.fetch_all("SELECT t, SUM(id) AS sum FROM v GROUP BY t")
    assert (row["t"], repr(row["sum"])) == ("a\ufffdb", "3")


async def test_names_sort_and_fold_as_in_sqlite_whatever_the_servers_language(database: Database) -> None:
    for key in ("b", "A", "a", "É", "B"):
        await AppStateStore(database).set(key, "")
    rows = await database.fetch_all("SELECT key, lower(key) AS folded FROM app_state ORDER BY key")
    assert [tuple(row) for row in rows] == [("A", "a"), ("B", "b"), ("a", "a"), ("b", "b"), ("É", "É")]


async def test_nothing_of_what_was_deleted_is_left_in_the_tables(database: Database) -> None:
    """The log of changes (WAL) is the server's, and keeps what was written until it is recycled."""

    async def bytes_of() -> bytes:
        await database.connections.read("CHECKPOINT", {})
        find = "SELECT pg_read_binary_file(pg_relation_filepath('app_state')) AS content"
        (row,) = await database.fetch_all(find)
        return bytes(row["content"])

    state = AppStateStore(database)
    await state.set("stays", "kept")
    await state.set("goes", "secret-of-a-member")
    assert b"secret-of-a-member" in await bytes_of()
    await database.write("DELETE FROM app_state WHERE key = 'goes'")
    async with asyncio.timeout(60):
        while not await database.rewrite():  # a server that others use now may keep it for a moment
            pass
    found = await bytes_of()
    assert (b"secret-of-a-member" in found, b"kept" in found) == (False, True)


async def test_while_another_reads_what_was_deleted_the_rewriting_is_not_done(
    database: Database, database_url: str
) -> None:
    state = AppStateStore(database)
    await state.set("key", "value")
    with psycopg.connect(database_url) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1 FROM searched")
        await database.write("DELETE FROM app_state")
        assert not await database.rewrite()
    async with asyncio.timeout(60):
        while not await database.rewrite():
            pass


async def test_only_one_bot_runs_also_after_its_connection_was_lost(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.store.postgres_lock, "LOOK_SECONDS", 0.05)
    async with only_bot_on(database_url):
        for _ in range(2):
            with pytest.raises(StartupError, match="Another bot is running on the database postgresql://"):
                async with only_bot_on(database_url):
                    pass
            await asyncio.to_thread(break_connections, database_url)
            async with asyncio.timeout(10):
                while not await held(database_url):
                    pass
    async with only_bot_on(database_url):
        pass


async def test_a_bot_hears_at_once_that_its_connection_broke(database_url: str) -> None:
    broken = asyncio.Event()
    async with only_bot_on(database_url, broken=broken.set):
        await asyncio.to_thread(break_connections, database_url)
        async with asyncio.timeout(bot.store.postgres_lock.LOOK_SECONDS / 2):
            await broken.wait()


async def held(url: str) -> bool:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted")
        return await found.fetchone() is not None


# Opening


async def test_two_that_start_at_once_make_one_schema() -> None:
    async def start(url: str) -> int:
        async with open_database(url) as database:
            return (await database.connections.state()).version

    with fresh_database(server_url() or "") as url:
        assert list(await asyncio.gather(start(url), start(url))) == [NEWEST, NEWEST]


async def test_a_failing_migration_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh_database(server_url() or "") as url:
        scripts = [(1, "CREATE TABLE half (a TEXT)"), (2, "INSERT INTO nowhere VALUES (1)")]
        monkeypatch.setattr(bot.store.postgres_opening, "schema", lambda: scripts)
        assert (await refusal(url)).endswith('relation "nowhere" does not exist.')
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT to_regclass('half'), to_regclass('schema_version')").fetchone()
            assert found == (None, None)


async def test_a_newer_database_is_refused_and_left_alone(database: Database, database_url: str) -> None:
    await database.write("UPDATE schema_version SET version = 99")
    assert await refusal(database_url) == (
        f"The database has version 99, and this program only knows {NEWEST}. Install the newer program."
    )


async def test_a_server_that_cannot_be_reached_is_named_without_the_password() -> None:
    said = await refusal(f"postgresql://bot:{PASSWORD}@127.0.0.1:9/jokes")
    assert said.startswith("Cannot use the database postgresql://bot@127.0.0.1:9/jokes: ")
    wrong = (server_url() or "").replace(PASSWORD, "wrong") + "/postgres"
    assert "password authentication failed" in await refusal(wrong)


# The command line


async def test_check_says_which_database_it_is(database: Database, settings: Settings) -> None:
    found = str(machine.database(settings.database, await database.connections.state()))
    address = (server_url() or "").replace(f":{PASSWORD}", "")
    assert found.startswith(f"ok    Database: {address}/test_")
    assert ": PostgreSQL 1" in found
    assert f", version {NEWEST}, " in found


def test_backups_are_the_servers_matter(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StartupError) as refused:
        back_up(settings, tmp_path / "backup.tar.gz")
    assert str(refused.value).startswith("`backup` and `restore` are for SQLite. Save postgresql://")
    assert str(refused.value).endswith(f"with `pg_dump`, and copy the datasets in {settings.files_folder}.")
    assert PASSWORD not in str(refused.value)
