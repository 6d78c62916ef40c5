"""Rows past their retention period, and those of servers that removed the bot."""

from collections.abc import Collection, Mapping
from datetime import datetime

from bot.serving import Serves
from bot.store.database import Database, to_text
from bot.store.personal import TABLES
from bot.store.personal.table import Change, Kept, Step, Table
from bot.store.remembered import FORGET_TOPIC

MAX_ROWS = 500  # in one transaction, so that others have their turn in between


class ExpiryStore:
    """Each call is bounded, and returns whether it may have left something for another one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def purge(self, before: Mapping[Kept, datetime]) -> tuple[int, bool]:
        """Do what the list of tables says with rows older than their moment; how many that were, and whether there may be more."""
        rows, more = 0, False
        for table in TABLES:
            for step in table.old if table.kept in before else ():
                changed = await self._limited(table, step, {"before": to_text(before[table.kept])})
                rows, more = rows + changed, more or changed == MAX_ROWS
        return rows, more

    async def purge_server(self, guild_id: int, *, jobs_too: bool) -> bool:
        """Delete rows of a server; what jobs at the model server need only with `jobs_too`. Whether there may be more."""
        for table in TABLES:
            if table.guild is None or (table.needed_by_jobs and not jobs_too):
                continue
            if await self._limited(table, None, {"guild_id": guild_id}) == MAX_ROWS:
                return True
        self._database.announce(FORGET_TOPIC)
        return False

    async def _limited(self, table: Table, step: Step | None, values: Mapping[str, object]) -> int:
        where = step.where if step else table.guild
        chosen = f"({table.key}) IN (SELECT {table.key} FROM {table.name} WHERE {where} LIMIT {MAX_ROWS})"  # noqa: S608  # our own SQL
        if isinstance(step, Change):
            changes = ", ".join(f"{column} = {value}" for column, value in step.values.items())
            return await self._database.change(f"UPDATE {table.name} SET {changes} WHERE {chosen}", values)  # noqa: S608
        return await self._database.change(f"DELETE FROM {table.name} WHERE {chosen}", values)  # noqa: S608  # our own SQL

    async def left(self, guild_id: int, *, now: datetime) -> None:
        """The server removed the bot; the first moment counts."""
        await self._database.insert("departures", {"guild_id": guild_id, "left_at": now}, "ON CONFLICT DO NOTHING")

    async def joined(self, guild_id: int) -> None:
        """The server has the bot again, or nothing of it is left."""
        await self._database.write("DELETE FROM departures WHERE guild_id = :guild_id", {"guild_id": guild_id})

    async def compare(self, present: Collection[int], among: Serves, *, now: datetime) -> None:
        """Write down which servers with rows are not among those that the bot is in, and which are again."""
        names = [table.name for table in TABLES if table.guild_of == "guild_id" and table.guild is not None]
        union = " UNION ".join(f"SELECT guild_id FROM {name}" for name in names)  # noqa: S608  # our own SQL
        known = {row["guild_id"] for row in await self._database.fetch_all(union)} - {0}
        gone = await self._database.fetch_all("SELECT guild_id FROM departures")
        async with self._database.transaction():
            for guild_id in sorted(filter(among, known - set(present))):
                await self.left(guild_id, now=now)
            for row in gone:
                if row["guild_id"] in present:
                    await self.joined(row["guild_id"])

    async def overdue(self, before: datetime) -> tuple[int, ...]:
        """The servers that removed the bot before a moment, the longest gone first."""
        rows = await self._database.fetch_all(
            "SELECT guild_id FROM departures WHERE left_at < :before ORDER BY left_at", {"before": to_text(before)}
        )
        return tuple(row["guild_id"] for row in rows)
