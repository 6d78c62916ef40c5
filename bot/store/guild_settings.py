"""What admins set for their server."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database
from bot.store.outbox import OutboxStore


@dataclass(frozen=True)
class GuildSettings:
    """A monthly cap on training in millionths of a dollar (None: none), and the channel for notices to admins (None: none)."""

    monthly_cap_microdollars: int | None = None
    admin_channel_id: int | None = None


class GuildSettingsStore:
    """Settings by server; a server that never set anything has the defaults."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, guild_id: int) -> GuildSettings:
        """The server's settings."""
        row = await self._database.fetch_one(
            "SELECT monthly_cap_microdollars, admin_channel_id FROM guild_settings WHERE guild_id = :guild_id",
            {"guild_id": guild_id},
        )
        return GuildSettings(**dict(row)) if row else GuildSettings()

    async def set_cap(self, guild_id: int, microdollars: int | None, *, updated_by: int, now: datetime) -> None:
        """Set or lift the monthly cap; all else stays."""
        await self._set(guild_id, "monthly_cap_microdollars", microdollars, updated_by, now)

    async def set_admin_channel(self, guild_id: int, channel_id: int | None, *, updated_by: int, now: datetime) -> None:
        """Choose or clear the channel for admins, and try what waits for the guild there; all else stays."""
        async with self._database.transaction():
            await self._set(guild_id, "admin_channel_id", channel_id, updated_by, now)
            await OutboxStore(self._database).retry(guild_id, now=now)

    async def _set(self, guild_id: int, column: str, value: int | None, updated_by: int, now: datetime) -> None:
        await self._database.insert(
            "guild_settings",
            {"guild_id": guild_id, column: value, "updated_by": updated_by, "updated_at": now},
            f"ON CONFLICT (guild_id) DO UPDATE SET {column} = excluded.{column}, updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        )
