"""How a server moderates: its level, its list of words, the roles that it spares, and the channel for alerts."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database


@dataclass(frozen=True)
class ModerationRules:
    """A server's own rules. `level` and `alert_channel_id` are None where nothing is set; words are in the order of the alphabet."""

    level: str | None = None
    alert_channel_id: int | None = None
    words: tuple[str, ...] = ()
    bypass_role_ids: frozenset[int] = frozenset()


class ModerationStore:
    """Rules by server; a server that never set anything has none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, guild_id: int) -> ModerationRules:
        """The server's rules."""
        guild = {"guild_id": guild_id}
        row = await self._database.fetch_one(
            "SELECT level, alert_channel_id FROM moderation WHERE guild_id = :guild_id", guild
        )
        words = await self._database.fetch_all(
            "SELECT word FROM blocked_words WHERE guild_id = :guild_id ORDER BY word", guild
        )
        roles = await self._database.fetch_all("SELECT role_id FROM bypass_roles WHERE guild_id = :guild_id", guild)
        level, channel = (row["level"], row["alert_channel_id"]) if row else (None, None)
        return ModerationRules(
            level, channel, tuple(row["word"] for row in words), frozenset(row["role_id"] for row in roles)
        )

    async def set_level(self, guild_id: int, level: str, *, updated_by: int, now: datetime) -> None:
        """Set how strict the server is; all else stays."""
        await self._set(guild_id, "level", level, updated_by, now)

    async def set_alert_channel(self, guild_id: int, channel_id: int | None, *, updated_by: int, now: datetime) -> None:
        """Choose or clear the channel for alerts; all else stays."""
        await self._set(guild_id, "alert_channel_id", channel_id, updated_by, now)

    async def add_word(self, guild_id: int, word: str, *, most: int, added_by: int, now: datetime) -> bool | None:
        """False if the server has the word already, None if it has as many as it may have."""
        async with self._database.transaction():
            words = (await self.get(guild_id)).words
            if word in words:
                return False
            if len(words) >= most:
                return None
            values = {"guild_id": guild_id, "word": word, "added_by": added_by, "added_at": now}
            await self._database.insert("blocked_words", values)
        return True

    async def remove_word(self, guild_id: int, word: str) -> bool:
        """False if the server has no such word."""
        sql = "DELETE FROM blocked_words WHERE guild_id = :guild_id AND word = :word"
        return bool(await self._database.change(sql, {"guild_id": guild_id, "word": word}))

    async def add_role(self, guild_id: int, role_id: int, *, most: int, added_by: int, now: datetime) -> bool:
        """Spare a role. False if the server spares as many as it may."""
        async with self._database.transaction():
            roles = (await self.get(guild_id)).bypass_role_ids
            if role_id not in roles and len(roles) >= most:
                return False
            values = {"guild_id": guild_id, "role_id": role_id, "added_by": added_by, "added_at": now}
            await self._database.insert("bypass_roles", values, "ON CONFLICT DO NOTHING")
        return True

    async def remove_role(self, guild_id: int, role_id: int) -> None:
        """Spare a role no longer."""
        sql = "DELETE FROM bypass_roles WHERE guild_id = :guild_id AND role_id = :role_id"
        await self._database.change(sql, {"guild_id": guild_id, "role_id": role_id})

    async def _set(self, guild_id: int, column: str, value: int | str | None, updated_by: int, now: datetime) -> None:
        await self._database.insert(
            "moderation",
            {"guild_id": guild_id, column: value, "updated_by": updated_by, "updated_at": now},
            f"ON CONFLICT (guild_id) DO UPDATE SET {column} = excluded.{column}, updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        )
