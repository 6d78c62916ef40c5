"""Commands that one of several processes is answering, so that another one can tell who waits if that one dies."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.store.database import Database, to_text

VALID_FOR = timedelta(minutes=15)  # Discord's tokens


@dataclass(frozen=True)
class UnderWay:
    """A command; `token` is what it can be answered with, `owner` the process that began to."""

    token: str
    guild_id: int
    locale: str
    owner: str


class UnderWayStore:
    """A row for each, as long as it is being answered."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, command: UnderWay, *, now: datetime) -> None:
        """It is being answered."""
        values = {"token": command.token, "guild_id": command.guild_id, "locale": command.locale}
        await self._database.insert("under_way", {**values, "owner": command.owner, "came_at": now})

    async def end(self, token: str) -> bool:
        """It is answered, or somebody else sees to it; False if that was so before."""
        row = await self._database.write("DELETE FROM under_way WHERE token = :token RETURNING token", {"token": token})
        return row is not None

    async def of_others(self, owner: str, *, now: datetime) -> tuple[UnderWay, ...]:
        """Those of other processes that can still be answered, the oldest first. Older ones are deleted."""
        await self._database.write(
            "DELETE FROM under_way WHERE came_at < :oldest", {"oldest": to_text(now - VALID_FOR)}
        )
        rows = await self._database.fetch_all(
            "SELECT token, guild_id, locale, owner FROM under_way WHERE owner <> :owner ORDER BY came_at",
            {"owner": owner},
        )
        return tuple(UnderWay(**dict(row)) for row in rows)
