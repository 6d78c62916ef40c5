"""What a member has in a server, and making it go: by the list in `bot.store.personal`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row, to_text
from bot.store.personal import TABLES
from bot.store.personal.guild_of import OWN_GENERATION
from bot.store.personal.table import Change, Holds, Purpose, Step, Table
from bot.store.remembered import FORGET_TOPIC

TOPIC = "forgettings"
_UNION = " UNION "


@dataclass(frozen=True)
class Forgetting:
    """A member who asked to be forgotten in a server; without `user_id` the rows are gone, and the file has to be rewritten."""

    id: int
    guild_id: int
    user_id: int | None


@dataclass(frozen=True)
class Counted:
    """How many rows of a purpose are the member's own, and how many of the server's name them."""

    purpose: Purpose
    owned: int
    authored: int


class ForgettingStore:
    """Callers put what belongs together into one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ask(self, guild_ids: Sequence[int], user_id: int, *, now: datetime) -> None:
        """Write down that the member wants to be forgotten in these servers."""
        async with self._database.transaction():
            for guild_id in guild_ids:
                values = {"guild_id": guild_id, "user_id": user_id, "asked_at": now}
                await self._database.insert("forgettings", values)

    async def owe_rewriting(self, *, now: datetime) -> None:
        """Write down that the file has to be rewritten, since something that must not be in it was deleted."""
        await self._database.insert("forgettings", {"guild_id": 0, "user_id": None, "asked_at": now})
        self._database.announce(TOPIC)

    async def list(self) -> tuple[Forgetting, ...]:
        """All that are not done, oldest first."""
        rows = await self._database.fetch_all("SELECT id, guild_id, user_id FROM forgettings ORDER BY id")
        return tuple(Forgetting(**dict(row)) for row in rows)

    async def done(self, upto: int) -> None:
        """The file was rewritten since the rows of these were deleted."""
        await self._database.write("DELETE FROM forgettings WHERE user_id IS NULL AND id <= :upto", {"upto": upto})

    async def guilds(self, user_id: int) -> tuple[int, ...]:
        """The servers in which the member has anything."""
        parts = []
        for table in TABLES:
            ids = (*table.having(Holds.OWNER), *table.having(Holds.AUTHOR))
            where = " OR ".join(f"{column} = :user_id" for column in ids)
            parts += [f"SELECT {table.guild_of} AS guild_id FROM {table.name} WHERE {where}"] if ids else []  # noqa: S608  # our own SQL
        rows = await self._database.fetch_all(_UNION.join(parts), {"user_id": user_id})
        return tuple(sorted(row["guild_id"] for row in rows if row["guild_id"] is not None))

    async def texts(self, guild_id: int, user_id: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What the member asked for in commands and rounds, each with the answers."""
        who = {"guild_id": guild_id, "user_id": user_id}
        asked = await self._database.fetch_all(
            f"SELECT asked, texts FROM generations WHERE id IN {OWN_GENERATION}",  # noqa: S608  # our own SQL
            who,
        )
        opened = await self._database.fetch_all(
            "SELECT scenario, left_text, right_text FROM rounds WHERE guild_id = :guild_id AND opened_by = :user_id",
            who,
        )
        found = [(row["asked"], tuple(json.loads(row["texts"]))) for row in asked]
        return (*found, *((row["scenario"], (row["left_text"], row["right_text"])) for row in opened))

    async def rounds(self, guild_id: int, user_id: int) -> tuple[int, ...]:
        """The numbers of the rounds that the member opened."""
        rows = await self._database.fetch_all(
            "SELECT id FROM rounds WHERE guild_id = :guild_id AND opened_by = :user_id",
            {"guild_id": guild_id, "user_id": user_id},
        )
        return tuple(row["id"] for row in rows)

    async def reports(self, guild_id: int, user_id: int) -> tuple[int, ...]:
        """The numbers of the jobs whose report shows a question that the member typed."""
        table = next(table for table in TABLES if table.name == "reports")
        rows = await self._database.fetch_all(
            f"SELECT job_id FROM reports WHERE {table.guild} AND {table.owned}",  # noqa: S608  # our own SQL
            {"guild_id": guild_id, "user_id": user_id},
        )
        return tuple(row["job_id"] for row in rows)

    async def forget(self, asked: Forgetting, *, now: datetime) -> None:
        """Delete a member's rows in a server, and take their id out of those that stay."""
        values = {
            "guild_id": asked.guild_id,
            "user_id": asked.user_id,
            "forgetting": asked.id,
            "now": to_text(now),
        }
        for table in TABLES:
            for step in _steps(table):
                await self._database.write(_statement(table, step), values)
        self._database.announce(FORGET_TOPIC)

    async def count(self, guild_id: int, user_id: int) -> tuple[Counted, ...]:
        """What forgetting would touch, by purpose, in the order of the list."""
        found: dict[Purpose, tuple[int, int]] = {}
        values = {"guild_id": guild_id, "user_id": user_id}
        for table in TABLES:
            if table.guild is None:
                continue
            row = await self._database.fetch_one(
                f"SELECT COALESCE(SUM(CASE WHEN {table.owned or '1 = 0'} THEN 1 ELSE 0 END), 0) AS owned,"  # noqa: S608  # our own SQL
                f" COALESCE(SUM(CASE WHEN {table.authored} THEN 1 ELSE 0 END), 0) AS authored FROM {table.name}"
                f" WHERE {table.guild} AND ({table.owned or '1 = 0'} OR {table.authored})",
                values,
            )
            owned, authored = found.get(table.purpose, (0, 0))
            if row is not None:
                found[table.purpose] = owned + row["owned"], authored + row["authored"]
        return tuple(Counted(purpose, *counts) for purpose, counts in found.items() if any(counts))

    async def rows(self, guild_id: int, user_id: int, table: Table) -> Iterator[Mapping[str, object]]:
        """The rows of a table that hold the member's id or text, without the ids and texts of others."""
        if table.guild is None:
            return iter(())
        found = await self._database.fetch_all(
            f"SELECT *, {table.owned or '1 = 0'} AS is_owned FROM {table.name}"  # noqa: S608  # our own SQL
            f" WHERE {table.guild} AND ({table.owned or '1 = 0'} OR {table.authored})",
            {"guild_id": guild_id, "user_id": user_id},
        )
        return (_own(table, row, user_id) for row in found)


def _steps(table: Table) -> tuple[Step, ...]:
    anonymous = (Change(f"{column} = :user_id", {column: "0"}) for column in table.having(Holds.AUTHOR))
    return (*table.forget, *anonymous)


def _statement(table: Table, step: Step) -> str:
    where = f"{table.guild} AND {step.where}"
    if isinstance(step, Change):
        values = ", ".join(f"{column} = {value}" for column, value in step.values.items())
        return f"UPDATE {table.name} SET {values} WHERE {where}"  # noqa: S608  # our own SQL
    return f"DELETE FROM {table.name} WHERE {where}"  # noqa: S608  # our own SQL


def _own(table: Table, row: Row, user_id: int) -> Mapping[str, object]:
    """The row without what it holds of others."""
    ids = (*table.having(Holds.OWNER), *table.having(Holds.AUTHOR))
    hidden = {column for column in ids if row[column] != user_id}
    hidden |= set() if row["is_owned"] else set(table.having(Holds.TEXT))
    return {column: _shown(row[column]) for column in table.columns if column not in hidden}


def _shown(value: object) -> object:
    """As JSON can hold it; a vector by its size alone."""
    if isinstance(value, bytes):
        return value.hex() if len(value) <= 32 else f"{len(value)} bytes"
    return value
