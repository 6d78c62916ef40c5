"""Connecting to a PostgreSQL database, and bringing its schema up to date."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from psycopg import AsyncConnection, Error
from psycopg_pool import AsyncConnectionPool

from bot.database_url import shown
from bot.errors import StartupError
from bot.store.connections import BUSY_MILLISECONDS
from bot.store.integrity import NEWER
from bot.store.postgres import WRITER, PostgresConnections
from bot.store.postgres_outage import Connection, Outage
from bot.store.postgres_sql import FUNCTIONS, schema
from bot.store.postgres_values import ADAPTERS, NamedRow, named_rows
from bot.texts.startup import CANNOT_REACH_DATABASE

MOST_CONNECTIONS = 8
CONNECT_SECONDS, UPGRADE_SECONDS = 10, 60
# The server finds out within half a minute that a machine is gone, and lets go of its locks; by itself that would take hours.
KEEPALIVE = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"
# Prepared statements would fail after another process has changed the schema, and a pool between us would not know them.
OPTIONS = {
    "autocommit": True,
    "prepare_threshold": None,
    "row_factory": named_rows,
    "context": ADAPTERS,
    "connect_timeout": CONNECT_SECONDS,
    "tcp_user_timeout": 1000 * CONNECT_SECONDS,
    "application_name": "punchline",
}


@asynccontextmanager
async def open_postgres(url: str) -> AsyncIterator[PostgresConnections]:
    """Connect and bring the schema up to date; closes on leaving.

    Raises `StartupError` if the database cannot be reached or is newer than this program, or if an upgrade fails, which changes nothing then.
    """
    try:
        async with await connect(url) as connection:
            await _upgrade(connection)
    except Error as error:
        raise StartupError(CANNOT_REACH_DATABASE.format(address=shown(url), reason=first_line(error))) from error
    outage = Outage()

    async def configure(connection: Connection) -> None:
        await connection.execute(f"SET lock_timeout = {BUSY_MILLISECONDS}; {KEEPALIVE}".encode())
        outage.connected()

    pool = AsyncConnectionPool(
        url,
        kwargs=OPTIONS,
        min_size=1,
        max_size=MOST_CONNECTIONS,
        reconnect_timeout=0,  # the pool would wait ever longer after each failure; `outage` tries again
        reconnect_failed=outage.failed,
        configure=configure,
        connection_class=Connection,
        open=False,
    )
    async with pool:
        try:
            yield PostgresConnections(pool, outage)
        finally:
            await outage.close()


async def connect(url: str) -> Connection:
    """A connection of one's own. Raises `psycopg.Error`."""
    return await AsyncConnection[NamedRow].connect(url, **OPTIONS)  # type: ignore[arg-type]  # options of many types


async def _upgrade(connection: Connection) -> None:
    scripts = await asyncio.to_thread(schema)
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{UPGRADE_SECONDS}s'".encode())
        await connection.execute(f"SELECT pg_advisory_xact_lock({WRITER})".encode())
        await connection.execute(b"CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        row = await (await connection.execute(b"SELECT version FROM schema_version")).fetchone()
        version, newest = row["version"] if row else 0, scripts[-1][0]
        if version > newest:
            raise StartupError(NEWER.format(version=version, newest=newest))
        if version == newest:
            return
        await connection.execute(FUNCTIONS.encode())
        for number, script in scripts:
            if number > version:
                await connection.execute(script.encode())
        await connection.execute(b"DELETE FROM schema_version")
        await connection.execute(b"INSERT INTO schema_version VALUES (%(newest)s)", {"newest": newest})


def first_line(error: Error) -> str:
    """What went wrong, in one line without a full stop."""
    return str(error).strip().partition("\n")[0].rstrip(".")
