"""What admins set for their server."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, to_text


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

    async def update(self, guild_id: int, settings: GuildSettings, *, updated_by: int, now: datetime) -> None:
        """Replace the server's settings."""
        await self._database.write(
            "INSERT INTO guild_settings (guild_id, monthly_cap_microdollars, admin_channel_id, updated_by, updated_at)"
            " VALUES (:guild_id, :cap, :channel, :updated_by, :now) ON CONFLICT (guild_id) DO UPDATE SET"
            " monthly_cap_microdollars = excluded.monthly_cap_microdollars, admin_channel_id = excluded.admin_channel_id,"
            " updated_by = excluded.updated_by, updated_at = excluded.updated_at",
            {
                "guild_id": guild_id,
                "cap": settings.monthly_cap_microdollars,
                "channel": settings.admin_channel_id,
                "updated_by": updated_by,
                "now": to_text(now),
            },
        )
