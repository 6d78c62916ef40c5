"""The numbered scripts that make the schema. They are written for SQLite; `bot/store/postgres_sql.py` translates them."""

from pathlib import Path

SCRIPTS = Path(__file__).with_name("migrations")
USUAL, OF_POSTGRES, SNAPSHOT = "sql", "postgres.sql", "snapshot.sql"  # what follows the name and a dot


def migrations() -> list[tuple[int, str]]:
    """The scripts in order, as (version, SQL)."""
    return sorted(_scripts(USUAL).items())


def written_for_postgres() -> dict[int, str]:
    """The scripts that PostgreSQL has of its own, in place of those that cannot be translated, by version."""
    return _scripts(OF_POSTGRES)


def snapshot() -> tuple[int, str]:
    """A version, and one script that makes the same of an empty SQLite file as all scripts up to it."""
    return max(_scripts(SNAPSHOT).items())


def _scripts(ending: str) -> dict[int, str]:
    files = [file for file in SCRIPTS.iterdir() if file.name.partition(".")[2] == ending]
    return {int(file.name.split("_")[0]): file.read_text("utf-8") for file in files}
