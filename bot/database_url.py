"""Which database: an SQLite file or a PostgreSQL server, as DATABASE_URL names it."""

from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from bot.texts import startup as texts

SQLITE_PREFIX, POSTGRES_PREFIX = "sqlite:///", "postgresql://"

# An SQLite file, or PostgreSQL's address (`postgresql://…`), which may hold a password.
Place: TypeAlias = Path | str


def checked(value: str) -> str:
    """The address as it is. Raises `ValueError` where it is not one of a database."""
    is_file = value.startswith(SQLITE_PREFIX) and len(value) > len(SQLITE_PREFIX)
    is_server = value.startswith(POSTGRES_PREFIX) and len(urlsplit(value).path) > 1
    if not (is_file or is_server):
        raise ValueError(texts.NOT_A_DATABASE)
    return value


def place_of(database_url: str) -> Place:
    """The file or the server that an address of a database names. Raises `ValueError` if it names none."""
    url = checked(database_url)
    return Path(url.removeprefix(SQLITE_PREFIX)) if url.startswith(SQLITE_PREFIX) else url


def shown(place: Place) -> str:
    """The file, or the address without password and options."""
    if isinstance(place, Path):
        return str(place)
    parts = urlsplit(place)
    user = f"{parts.username}@" if parts.username else ""
    return f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}"
