"""`migrate-to`: every row of every table goes to the other system and back, and numbers go on where they were."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import open_app
from bot.errors import StartupError
from bot.moving import move_to
from bot.settings import Settings
from bot.store.database import Database, only_bot_on, open_database
from bot.store.personal import TABLES
from tests.bot.parts import count, settings_for
from tests.bot.store.test_upgrades import content, fill
from tests.postgres import PASSWORD, fresh_database, server_url

NUMBERED = "INSERT INTO outbox (guild_id, kind, subject, next_attempt_at, changed_at) VALUES (1, 'notice', :subject, '', '') RETURNING id"
ODD = "a quote ' and a % sign, :name, \\ and 中文\n"


@pytest.fixture
async def full(tmp_path: Path) -> Settings:
    """Settings of a community whose SQLite file has rows in every table, texts of all kinds, and numbers that are not used twice."""
    settings = settings_for(tmp_path, "http://127.0.0.1:9/v1", datasets_folder=None)
    async with open_database(settings.database):
        pass
    fill(settings.database_path)
    with closing(sqlite3.connect(settings.database_path)) as database:
        database.execute("INSERT INTO app_state VALUES ('odd', ?)", (ODD,))
        database.execute("UPDATE jobs SET train_loss = 0.1")
        many = [(f"key {number}", "x" * number) for number in range(700)]
        database.executemany("INSERT INTO app_state VALUES (?, ?)", many)
        database.execute("UPDATE sqlite_sequence SET seq = 90 WHERE name = 'outbox'")
        database.commit()
    return settings


@pytest.fixture
def other_url(tmp_path: Path) -> Iterator[str]:
    """An address of an empty database: PostgreSQL where there is one, else a second file."""
    if (server := server_url()) is None:
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    with fresh_database(server) as url:
        yield url


async def next_number(database: Database, subject: str) -> int:
    row = await database.write(NUMBERED, {"subject": subject})
    assert row is not None
    return int(row["id"])


async def test_there_and_back_every_row_is_the_same(full: Settings, other_url: str, tmp_path: Path) -> None:
    before = content(full.database_path)
    there = list(await move_to(full, other_url))
    assert len(there) == len(TABLES) + 1
    assert f"DATASETS_FOLDER={full.files_folder.absolute()}" in there[-1]
    assert PASSWORD not in "\n".join(there)
    assert content(full.database_path) == before

    moved = full.model_copy(update={"database_url": other_url, "datasets_folder": full.files})
    back = list(await move_to(moved, f"sqlite:///{tmp_path / 'back.db'}"))
    assert back[:-1] == there[:-1]
    after = content(tmp_path / "back.db")
    assert {table: sorted(map(repr, rows)) for table, rows in after.items() if table != "sqlite_sequence"} == {
        table: sorted(map(repr, rows)) for table, rows in before.items() if table != "sqlite_sequence"
    }


async def test_numbers_that_were_given_are_not_given_again(full: Settings, other_url: str, tmp_path: Path) -> None:
    list(await move_to(full, other_url))
    moved = full.model_copy(update={"database_url": other_url})
    async with open_database(moved.database) as database:
        assert await next_number(database, "new") == 91
    list(await move_to(moved, f"sqlite:///{tmp_path / 'back.db'}"))
    async with open_database(tmp_path / "back.db") as database:
        assert await next_number(database, "newer") == 92


async def test_the_bot_works_on_the_copy(full: Settings, other_url: str) -> None:
    list(await move_to(full, other_url))
    async with open_app(full.model_copy(update={"database_url": other_url})) as app:
        for row in (1, 2):
            assert (await app.finetunes.get(100 + row, row)).status == "succeeded"
        assert await app.state.get("odd") == ODD


async def refusal(settings: Settings, url: str) -> str:
    with pytest.raises(StartupError) as refused:
        await move_to(settings, url)
    return str(refused.value)


async def test_what_is_not_empty_is_left_alone(full: Settings, other_url: str) -> None:
    other = full.model_copy(update={"database_url": other_url})
    async with open_database(other.database) as database:
        await database.insert("app_state", {"key": "own", "value": "kept"})
        assert (await refusal(full, other_url)).startswith("The other database is not empty: app_state has rows.")
        assert (await count(database, "app_state"), await count(database, "usage")) == (1, 0)


async def test_while_a_bot_runs_on_either_nothing_is_copied(full: Settings, other_url: str) -> None:
    other = full.model_copy(update={"database_url": other_url})
    for busy in (full, other):
        async with only_bot_on(busy.database):
            said = await refusal(full, other_url)
            assert said.startswith("Another bot is running on the database ")
            assert PASSWORD not in said


async def test_what_cannot_be_moved_is_named(full: Settings, tmp_path: Path) -> None:
    assert (await refusal(full, "mysql://x/y")).startswith("migrate-to: the address must look like ")
    assert await refusal(full, full.database_url) == (
        "migrate-to: that is the database of DATABASE_URL already. Name another one."
    )
    nothing = full.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'none.db'}"})
    assert (await refusal(nothing, full.database_url)).startswith("There is no database ")


async def test_a_copy_that_differs_is_taken_back(
    full: Settings, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Database.write

    async def lossy(self: Database, sql: str, params: dict[str, object] | None = None) -> object:
        return await write(self, sql, {**(params or {}), "model_0": "another"} if "usage" in sql else params)

    monkeypatch.setattr(Database, "write", lossy)
    assert (await refusal(full, other_url)).startswith("The copy of usage is not what was there before.")
    monkeypatch.undo()
    async with open_database(full.model_copy(update={"database_url": other_url}).database) as database:
        assert [table.name for table in TABLES if await count(database, table.name)] == []
