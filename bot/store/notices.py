"""Things that a server's admins must be told once."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row, read_moments, to_text

# Where a server's notices go: the channel that its admins chose, else the one that saw its newest job.
CHANNEL = """
COALESCE((SELECT s.admin_channel_id FROM guild_settings s WHERE s.guild_id = n.guild_id),
         (SELECT j.channel_id FROM jobs j WHERE j.guild_id = n.guild_id ORDER BY j.id DESC LIMIT 1))
"""


@dataclass(frozen=True)
class Notice:
    """A text for one server's admins; `channel_id` is where it goes, None as long as the bot knows no place for it."""

    id: int
    guild_id: int
    key: str
    text: str
    created_at: datetime
    shown_at: datetime | None
    channel_id: int | None


class NoticeStore:
    """Notices by server and key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, guild_id: int, key: str, text: str, *, now: datetime) -> bool:
        """Write the notice; False if the server has one with this key, whatever it says."""
        row = await self._database.insert(
            "notices",
            {"guild_id": guild_id, "key": key, "text": text, "created_at": now},
            "ON CONFLICT (guild_id, key) DO NOTHING",
        )
        return row is not None

    async def unshown(self) -> tuple[Notice, ...]:
        """Notices that Discord has not accepted yet, of all servers, oldest first."""
        rows = await self._database.fetch_all(
            f"SELECT n.*, {CHANNEL} AS channel_id FROM notices n WHERE n.shown_at IS NULL ORDER BY n.id"  # noqa: S608  # our own SQL
        )
        return tuple(_notice(row) for row in rows)

    async def shown(self, notice_id: int, *, now: datetime) -> None:
        """Discord accepted it."""
        await self._database.write(
            "UPDATE notices SET shown_at = :now WHERE id = :id", {"id": notice_id, "now": to_text(now)}
        )


def _notice(row: Row) -> Notice:
    return Notice(**read_moments(row, "created_at", "shown_at"))
