"""The numbered scripts that make the schema. They are written for SQLite; `bot/store/postgres_sql.py` translates them."""

from importlib import resources

OF_POSTGRES = ".postgres.sql"  # in place of the script of that number, where it cannot be translated


def migrations() -> list[tuple[int, str]]:
    """The scripts in order, as (version, SQL)."""
    return sorted((number, text) for number, text, postgres in _scripts() if not postgres)


def written_for_postgres() -> dict[int, str]:
    """The scripts that PostgreSQL has of its own, by version."""
    return {number: text for number, text, postgres in _scripts() if postgres}


def _scripts() -> list[tuple[int, str, bool]]:
    files = [entry for entry in resources.files("bot.store.migrations").iterdir() if entry.name.endswith(".sql")]
    return [(int(file.name.split("_")[0]), file.read_text("utf-8"), file.name.endswith(OF_POSTGRES)) for file in files]
