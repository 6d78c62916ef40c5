"""From every earlier schema, with rows in every table: nothing is lost, nothing dangles, and today's code reads it."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import open_app
from bot.store.database import open_database, to_text
from bot.store.schema import migrations
from tests.bot.parts import START, settings_for

pytestmark = pytest.mark.sqlite

SCRIPTS = migrations()
NEWEST = SCRIPTS[-1][0]
ROWS = (1, 2)
# Columns under another name now, and those whose values went into rows of the outbox.
RENAMED = {("models", "retired_at"): "archived_at"}
INTO_THE_OUTBOX = {
    "jobs": {"message_id", "revision", "shown_revision", "notified_at"},
    "reports": {"shown_at"},
    "notices": {"id", "guild_id", "key", "text", "created_at", "shown_at"},
}
# A cache that began anew with a version, and what said that it was filled.
CACHE, FILLED, BEGAN_ANEW = "embeddings", ("searched", "model"), 16
JSON_COLUMNS = {
    "request": {"scenario": "ducks", "n": 1},
    "texts": ["A joke. Haha"],
    "completion": {"id": "chatcmpl-1"},
    "examples": ["a duck"],
    "turns": [{"role": "user", "content": "ducks"}],
    "report": {},
    "data": {},
}
Rows = list[dict[str, object]]


def tables(database: sqlite3.Connection) -> list[str]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in found]


def parents(database: sqlite3.Connection, table: str) -> dict[str, str]:
    """The tables that this one's columns refer to."""
    return {row[3]: row[2] for row in database.execute(f"PRAGMA foreign_key_list({table})")}


def parents_first(database: sqlite3.Connection) -> Iterator[str]:
    waiting, done = tables(database), set[str]()
    while waiting:
        table = next(name for name in waiting if set(parents(database, name).values()) <= done | {name})
        waiting.remove(table)
        done.add(table)
        yield table


def value(column: str, kind: str, row: int) -> object:
    """Something that a column may hold, another one for each row."""
    if column in JSON_COLUMNS and kind == "TEXT":
        return json.dumps(JSON_COLUMNS[column])
    if column.endswith(("_at", "_since", "_finish")):
        return to_text(START)
    known = {"status": "succeeded", "guild_id": 100 + row, "level": "info", "kind": "joke"}
    made = {"TEXT": f"{column}-{row}", "BLOB": bytes([row] * 8), "REAL": row / 2}
    return known.get(column, made.get(kind, row))


def fill(path: Path) -> None:
    """Two rows in every table, each of which refers to the rows of the same number."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA foreign_keys = ON")
        for table in parents_first(database):
            columns = database.execute(f"PRAGMA table_info({table})").fetchall()
            refers = parents(database, table)
            for row in ROWS:
                values = {name: row if name in refers else value(name, kind, row) for _, name, kind, *_ in columns}
                marks = ", ".join(f":{name}" for name in values)
                database.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", values)  # noqa: S608  # names from the schema
        database.commit()


def content(path: Path) -> dict[str, Rows]:
    """All rows by table."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        return {
            table: [dict(row) for row in database.execute(f"SELECT * FROM {table}")]  # noqa: S608  # names from the schema
            for table in tables(database)
        }


def expected(table: str, row: dict[str, object], after: Rows, version: int) -> dict[str, object]:
    """What of an old row must stand in a row of today, by today's names."""
    gone = INTO_THE_OUTBOX.get(table, set()) - set(after[0])
    wanted = {RENAMED.get((table, name), name): value for name, value in row.items() if name not in gone}
    if table == FILLED[0] and version < BEGAN_ANEW:
        wanted[FILLED[1]] = None
    return wanted


@pytest.fixture
async def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int) -> Path:
    """A database as that version of the program left it, full of rows."""
    path = tmp_path / "punchline.db"
    monkeypatch.setattr("bot.store.sqlite.migrations", lambda: SCRIPTS[:version])
    async with open_database(path):
        pass
    monkeypatch.undo()
    fill(path)
    return path


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
async def test_every_row_of_every_table_is_there_after_the_upgrade(old: Path, version: int) -> None:
    before = content(old)
    assert {table for table, rows in before.items() if not rows} == set()
    async with open_database(old) as database:
        assert await database.fetch_all("PRAGMA foreign_key_check") == []
        (row,) = await database.fetch_all("PRAGMA user_version")
        assert row["user_version"] == NEWEST
    after = content(old)
    for table, rows in before.items():
        if table == CACHE and version < BEGAN_ANEW:
            assert after[table] == []
        elif table in after:
            kept = [expected(table, row, after[table], version) for row in rows]
            assert kept == [{name: row[name] for name in want} for want, row in zip(kept, after[table], strict=False)]


@pytest.mark.parametrize("version", range(1, 5))
async def test_what_the_bot_owed_discord_before_there_was_an_outbox_stands_in_it(old: Path, version: int) -> None:
    before = content(old)
    async with open_database(old):
        pass
    now = {(row["kind"], row["subject"]): row for row in content(old)["outbox"]}
    for job in before["jobs"]:
        row = now["job", str(job["id"])]
        names = ("guild_id", "channel_id", "message_id", "revision")
        assert [row[name] for name in names] == [job[name] for name in names]
        assert (row["delivered_revision"], row["delivered_at"]) == (job["shown_revision"], job["notified_at"])
    for notice in before.get("notices", []):
        row = now["notice", str(notice["key"])]
        assert (row["guild_id"], row["body"], row["delivered_at"]) == (
            notice["guild_id"],
            notice["text"],
            notice["shown_at"],
        )


@pytest.mark.parametrize("version", range(1, NEWEST + 1))
async def test_todays_services_read_what_was_stored_then(old: Path, version: int) -> None:
    async with open_app(settings_for(old.parent, "http://127.0.0.1:9/v1")) as app:
        for row in ROWS:
            guild_id = 100 + row
            assert (await app.generations.find(guild_id, row)).texts == ("A joke. Haha",)
            assert (await app.finetunes.get(guild_id, row)).status == "succeeded"
            assert (await app.registry.numbered(guild_id, row)).model == f"model-{row}"
