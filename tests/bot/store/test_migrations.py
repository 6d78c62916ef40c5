"""Opening the file: upgrades that commit whole or not at all, and refusals that say why."""

import sqlite3
from pathlib import Path

import pytest

import bot.store.sqlite
from bot.errors import StartupError
from bot.store.app_state import AppStateStore
from bot.store.database import open_database
from bot.store.schema import migrations, snapshot

pytestmark = pytest.mark.sqlite

FIRST = (1, "CREATE TABLE jokes (text TEXT);\nINSERT INTO jokes VALUES ('kept; whole');\n")


def use(monkeypatch: pytest.MonkeyPatch, *scripts: tuple[int, str]) -> None:
    monkeypatch.setattr(bot.store.sqlite, "migrations", lambda: list(scripts))


async def opened(path: Path) -> tuple[int, list[str], list[str]]:
    """Open and close; then version, tables and jokes as another program sees them."""
    async with open_database(path):
        pass
    return look(path)


def look(path: Path) -> tuple[int, list[str], list[str]]:
    connection = sqlite3.connect(path)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        jokes = [text for (text,) in connection.execute("SELECT text FROM jokes")] if "jokes" in tables else []
    finally:
        connection.close()
    return version, tables, jokes


async def refusal(path: Path) -> str:
    with pytest.raises(StartupError) as refused:
        await opened(path)
    assert refused.value.exit_code == 1
    return str(refused.value)


async def test_a_new_file_is_made_with_its_folders_and_brought_up_to_date(tmp_path: Path) -> None:
    version, tables, _ = await opened(tmp_path / "deep" / "down" / "punchline.db")
    assert version == max(number for number, _ in migrations())
    assert {"usage", "generations", "votes", "datasets", "quotes", "jobs", "job_events", "models"} <= set(tables)


async def test_what_was_stored_is_there_after_reopening(tmp_path: Path) -> None:
    for seen in (None, "kept"):
        async with open_database(tmp_path / "punchline.db") as database:
            state = AppStateStore(database)
            assert await state.get("key") == seen
            await state.set("key", "kept")


async def test_each_migration_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "punchline.db"
    use(monkeypatch, FIRST)
    assert await opened(path) == (1, ["jokes"], ["kept; whole"])
    use(monkeypatch, FIRST, (2, "INSERT INTO jokes VALUES ('second');\n"))
    for _ in range(2):
        assert await opened(path) == (2, ["jokes"], ["kept; whole", "second"])


async def test_a_failing_migration_leaves_version_and_schema_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "punchline.db"
    use(monkeypatch, FIRST)
    await opened(path)
    use(monkeypatch, FIRST, (2, "CREATE TABLE half (a);\nDELETE FROM jokes;\nINSERT INTO nowhere VALUES (1);\n"))
    assert await refusal(path) == f"Cannot use the database {path}: no such table: nowhere."
    assert look(path) == (1, ["jokes"], ["kept; whole"])


async def test_the_migrations_before_a_failing_one_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "punchline.db"
    use(monkeypatch, FIRST, (2, "CREATE TABLE half (a);\nSELECT * FROM nowhere;\n"))
    await refusal(path)
    assert look(path) == (1, ["jokes"], ["kept; whole"])


async def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "punchline.db"
    await opened(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    newest = max(number for number, _ in migrations())
    assert await refusal(path) == (
        f"The database has version 99, and this program only knows {newest}. Install the newer program."
    )
    assert look(path)[0] == 99


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Remember the milk. " * 100)
    assert (await refusal(path)).startswith(f"The database {path} is damaged (file is not a database).")


async def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert (await refusal(tmp_path / "file" / "punchline.db")).startswith("Cannot use the database ")
    assert (await refusal(tmp_path)).endswith(": Is a directory.")


def test_a_new_file_is_what_all_migrations_would_have_made_of_it() -> None:
    version, all_at_once = snapshot()
    one, each = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    one.executescript(all_at_once)
    for _, script in migrations()[:version]:
        each.executescript(script)
    assert list(one.iterdump()) == list(each.iterdump())


def test_the_shipped_migrations_are_numbered_without_gaps() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


@pytest.mark.parametrize(("number", "script"), migrations())
def test_no_shipped_migration_ends_in_half_a_statement(number: int, script: str) -> None:
    assert sqlite3.complete_statement(script), f"{number:04} lacks its last semicolon"
