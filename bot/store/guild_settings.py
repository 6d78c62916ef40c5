"""What admins set for their server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, from_text, to_text
from bot.store.outbox import OutboxStore

DIGEST_TOPIC, LANGUAGE_TOPIC = "digest", "language"


@dataclass(frozen=True)
class GuildSettings:
    """The monthly cap on training in millionths of a dollar, the channels for notices and for the digest, and the draft for contributions, and the language
    of what the bot posts; None means not set. A draft name without an id means that the draft was deleted."""

    monthly_cap_microdollars: int | None = None
    admin_channel_id: int | None = None
    digest_channel_id: int | None = None
    contribution_draft_id: int | None = None
    contribution_draft: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class Digest:
    """When a server's next digest is due, and where."""

    guild_id: int
    channel_id: int
    at: datetime


class GuildSettingsStore:
    """Settings by server; a server that never set anything has the defaults."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, guild_id: int) -> GuildSettings:
        """The server's settings."""
        row = await self._database.fetch_one(
            "SELECT monthly_cap_microdollars, admin_channel_id, digest_channel_id, contribution_draft_id, contribution_draft, language"
            " FROM guild_settings WHERE guild_id = :guild_id",
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

    async def set_digest(
        self, guild_id: int, channel_id: int | None, at: datetime | None, *, updated_by: int, now: datetime
    ) -> None:
        """Set or clear the channel for digests, and when the first one is due."""
        async with self._database.transaction():
            await self._set(guild_id, "digest_channel_id", channel_id, updated_by, now)
            await self._set(guild_id, "digest_at", to_text(at) if at else None, updated_by, now)
            self._database.announce(DIGEST_TOPIC)

    async def set_contributions(
        self, guild_id: int, draft_id: int | None, draft: str | None, *, updated_by: int, now: datetime
    ) -> None:
        """Set or clear the draft for contributions."""
        async with self._database.transaction():
            await self._set(guild_id, "contribution_draft_id", draft_id, updated_by, now)
            await self._set(guild_id, "contribution_draft", draft, updated_by, now)

    async def set_language(self, guild_id: int, language: str | None, *, updated_by: int, now: datetime) -> None:
        """Set the language for the whole server, or with None leave it to Discord."""
        await self._set(guild_id, "language", language, updated_by, now)

    def told_elsewhere(self) -> None:
        """A language was chosen, which other processes do not know."""
        self._database.announce_elsewhere(LANGUAGE_TOPIC)

    async def languages(self) -> Mapping[int, str]:
        """The languages that were chosen, by server."""
        rows = await self._database.fetch_all(
            "SELECT guild_id, language FROM guild_settings WHERE language IS NOT NULL"
        )
        return {row["guild_id"]: row["language"] for row in rows}

    async def digests(self, *, until: datetime) -> tuple[Digest, ...]:
        """All servers' digests that are due by then."""
        rows = await self._database.fetch_all(
            "SELECT guild_id, digest_channel_id AS channel_id, digest_at AS at FROM guild_settings"
            " WHERE digest_channel_id IS NOT NULL AND digest_at <= :until ORDER BY guild_id",
            {"until": to_text(until)},
        )
        return tuple(Digest(row["guild_id"], row["channel_id"], from_text(row["at"])) for row in rows)

    async def next_digest(self) -> datetime | None:
        """When the next one is due."""
        row = await self._database.fetch_one(
            "SELECT MIN(digest_at) AS at FROM guild_settings WHERE digest_channel_id IS NOT NULL"
        )
        return from_text(row["at"]) if row and row["at"] else None

    async def postpone_digest(self, guild_id: int, at: datetime) -> None:
        """Set when the next one is due."""
        await self._database.write(
            "UPDATE guild_settings SET digest_at = :at WHERE guild_id = :guild_id",
            {"guild_id": guild_id, "at": to_text(at)},
        )

    async def _set(self, guild_id: int, column: str, value: int | str | None, updated_by: int, now: datetime) -> None:
        await self._database.insert(
            "guild_settings",
            {"guild_id": guild_id, column: value, "updated_by": updated_by, "updated_at": now},
            f"ON CONFLICT (guild_id) DO UPDATE SET {column} = excluded.{column}, updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        )
