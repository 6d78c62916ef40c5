"""What the bot owes Discord: one row for each message, which waits until Discord has accepted its latest revision."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.store.database import Database, Row, from_text, to_text
from bot.texts.language import language_of_server, speaking

TOPIC, DELIVERED_TOPIC = "outbox", "delivered"

# A guild's place for admins: the channel that they chose, else the one in which its newest job was launched.
SELECT = """
SELECT o.id, o.guild_id, o.kind, o.subject, o.body, o.channel_id, o.message_id, o.sends, o.revision, o.failures,
       COALESCE((SELECT s.admin_channel_id FROM guild_settings s WHERE s.guild_id = o.guild_id),
                (SELECT j.channel_id FROM jobs j WHERE j.guild_id = o.guild_id ORDER BY j.id DESC LIMIT 1)) AS admin_channel_id
FROM outbox o
"""
WAITING = "o.delivered_revision < o.revision AND o.changed_at >= :oldest"


class Kind(StrEnum):
    """What a message shows. A job's and a round's are edited as those move; the others are sent once."""

    JOB = "job"
    REPORT = "report"
    NOTICE = "notice"
    ROUND = "round"
    DIGEST = "digest"


@dataclass(frozen=True)
class Delivery:
    """A message to send, or to edit where `message_id` is known. `subject` is the number of the job, or the notice's key.

    It belongs into the first of `channels` that takes it. `nonce` is the same for every attempt at the same message.
    """

    id: int
    guild_id: int
    kind: Kind
    subject: str
    body: str
    channels: tuple[int, ...]
    message_id: int | None
    nonce: str
    revision: int
    failures: int


class OutboxStore:
    """Rows by guild, kind and subject. Whatever is added or changed wakes the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_notice(
        self, guild_id: int, key: str, text: Callable[[], str], *, now: datetime, channel_id: int | None = None
    ) -> bool:
        """Owe a guild's admins this text, which is called for in the guild's language; False if one with the key was added before,
        whatever it says. `channel_id` is a channel to try before the one for admins."""
        with speaking(language_of_server(guild_id)):
            body = text()
        added = await self._database.insert(
            "outbox",
            {
                "guild_id": guild_id,
                "kind": Kind.NOTICE,
                "subject": key,
                "body": body,
                "channel_id": channel_id,
                "next_attempt_at": now,
                "changed_at": now,
            },
            "ON CONFLICT DO NOTHING",
        )
        self._database.announce(TOPIC)
        return added is not None

    async def add(
        self, guild_id: int, kind: Kind, subject: int, *, channel_id: int, message_id: int | None = None, now: datetime
    ) -> None:
        """Owe a channel a message about a job, in place of the message there where one is given."""
        await self._database.insert(
            "outbox",
            {
                "guild_id": guild_id,
                "kind": kind,
                "subject": str(subject),
                "channel_id": channel_id,
                "message_id": message_id,
                "next_attempt_at": now,
                "changed_at": now,
            },
            "ON CONFLICT DO NOTHING",
        )
        self._database.announce(TOPIC)

    async def change(self, guild_id: int, kind: Kind, subject: int, *, urgent: bool, now: datetime) -> None:
        """The message is out of date. An urgent change does not wait for the pause after the last edit."""
        await self._database.write(
            "UPDATE outbox SET revision = revision + 1, changed_at = :now,"
            " next_attempt_at = CASE WHEN :urgent AND failures = 0 THEN :now ELSE next_attempt_at END"
            " WHERE guild_id = :guild_id AND kind = :kind AND subject = :subject",
            {"guild_id": guild_id, "kind": kind, "subject": str(subject), "urgent": urgent, "now": to_text(now)},
        )
        self._database.announce(TOPIC)

    async def due(self, now: datetime, oldest: datetime) -> tuple[Delivery, ...]:
        """What waits, has changed since `oldest`, and may be tried now; the oldest row first."""
        rows = await self._database.fetch_all(
            SELECT + f"WHERE {WAITING} AND o.next_attempt_at <= :now ORDER BY o.id",
            {"now": to_text(now), "oldest": to_text(oldest)},
        )
        return tuple(_delivery(row) for row in rows)

    async def next_attempts(self, oldest: datetime) -> dict[int, datetime]:
        """When the next row of each server that waits may be tried."""
        rows = await self._database.fetch_all(
            f"SELECT o.guild_id, MIN(o.next_attempt_at) AS at FROM outbox o WHERE {WAITING} GROUP BY o.guild_id",  # noqa: S608
            {"oldest": to_text(oldest)},
        )
        return {row["guild_id"]: from_text(row["at"]) for row in rows}

    async def delivered(
        self, delivery: Delivery, *, channel_id: int, message_id: int, now: datetime, next_attempt_at: datetime
    ) -> None:
        """Discord accepted this revision, and has it there."""
        await self._database.write(
            "UPDATE outbox SET sends = sends + CASE WHEN message_id = :message_id THEN 0 ELSE 1 END, channel_id = :channel_id,"
            " message_id = :message_id, delivered_revision = :revision, failures = 0, delivered_at = :now,"
            " next_attempt_at = :next WHERE id = :id",
            {
                "id": delivery.id,
                "channel_id": channel_id,
                "message_id": message_id,
                "revision": delivery.revision,
                "now": to_text(now),
                "next": to_text(next_attempt_at),
            },
        )
        self._database.announce(DELIVERED_TOPIC)

    async def postpone(self, delivery: Delivery, *, next_attempt_at: datetime) -> None:
        """It was not accepted: count that, and wait."""
        await self._database.write(
            "UPDATE outbox SET failures = failures + 1, next_attempt_at = :next WHERE id = :id",
            {"id": delivery.id, "next": to_text(next_attempt_at)},
        )

    async def drop(self, delivery: Delivery) -> None:
        """There is nothing left to show."""
        await self._database.write("DELETE FROM outbox WHERE id = :id", {"id": delivery.id})

    async def retry(self, guild_id: int, *, now: datetime) -> None:
        """Try all that waits for the guild at once: it may have a new place to show it."""
        await self._database.write(
            "UPDATE outbox SET failures = 0, next_attempt_at = :now"
            " WHERE guild_id = :guild_id AND delivered_revision < revision",
            {"guild_id": guild_id, "now": to_text(now)},
        )
        self._database.announce(TOPIC)


def _delivery(row: Row) -> Delivery:
    channels = dict.fromkeys(filter(None, (row["channel_id"], row["admin_channel_id"])))
    return Delivery(
        id=row["id"],
        guild_id=row["guild_id"],
        kind=Kind(row["kind"]),
        subject=row["subject"],
        body=row["body"] or "",
        channels=tuple(channels),
        message_id=row["message_id"],
        nonce=f"{row['id']}-{row['sends']}",
        revision=row["revision"],
        failures=row["failures"],
    )
