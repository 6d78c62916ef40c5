"""Connections to PostgreSQL."""

from typing import Any
from urllib.parse import urlsplit

from psycopg import AsyncConnection

SCHEMA = "punchline_engine"
CONNECT_SECONDS = 10
# The server finds out within half a minute that a machine is gone, and lets go of its locks; by itself that would take hours. It
# ends a transaction in which nothing happens for a minute: its process stands still, and all others wait for it.
SETTINGS = (
    f"SET search_path = {SCHEMA}; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    " SET idle_in_transaction_session_timeout = 60000"
)
# Prepared statements would fail after another process has changed the schema, and a pooler between us would not know them.
OPTIONS = {
    "autocommit": True,
    "prepare_threshold": None,
    "connect_timeout": CONNECT_SECONDS,
    "tcp_user_timeout": 1000 * CONNECT_SECONDS,
    "application_name": "punchline-engine",
}


async def connect(url: str) -> AsyncConnection[tuple[Any, ...]]:
    """A connection of one's own. Raises psycopg's Error."""
    connection = await AsyncConnection.connect(url, **OPTIONS)  # type: ignore[arg-type]  # options of many types
    await connection.execute(SETTINGS.encode())
    return connection


def shown(url: str) -> str:
    """The address without password and options."""
    parts = urlsplit(url)
    user = f"{parts.username}@" if parts.username else ""
    return f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}"
