"""Fine-tuning jobs: the row is written before the remote act, and is the tracker's schedule."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.remote import RemoteEvent
from bot.store.database import Database, Row, from_text, read_moments, storable, to_text
from bot.store.quotes import Quote

PENDING = "pending"
ENDED = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Job:
    """A launch and what became of it. `status` is OpenAI's word, or `pending` until the server has confirmed the job;
    `submitted_at` is set just before the job is created there, so a pending job with it may or may not exist remotely.
    `revision` grows with every change; `shown_revision` is the one that the channel shows. The tracker looked at it at
    `checked_at`, looks again at `next_check_at`, and has failed to `failures` times in a row.
    """

    id: int
    quote_id: int
    guild_id: int
    channel_id: int
    message_id: int | None
    launch_id: str
    status: str
    remote_file_id: str | None
    remote_validation_file_id: str | None
    submitted_at: datetime | None
    remote_job_id: str | None
    fine_tuned_model: str | None
    trained_tokens: int | None
    step: int | None
    total_steps: int | None
    train_loss: float | None
    valid_loss: float | None
    error_code: str | None
    error_message: str | None
    event_cursor: str | None
    unreachable_since: datetime | None
    created_by: int
    created_at: datetime
    started_at: datetime | None
    estimated_finish: datetime | None
    finished_at: datetime | None
    revision: int
    shown_revision: int
    notified_at: datetime | None
    checked_at: datetime | None
    next_check_at: datetime | None
    failures: int
    dataset_id: int
    dataset: str
    base_model: str
    epochs: int | None
    suffix: str | None
    cost_microdollars: int | None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED


SELECT = """
SELECT j.*, d.id AS dataset_id, d.name AS dataset, q.base_model, q.epochs, q.suffix, q.cost_microdollars
FROM jobs j JOIN quotes q ON q.id = j.quote_id JOIN datasets d ON d.id = q.dataset_id
"""
ACTIVE = "j.status NOT IN ('succeeded', 'failed', 'cancelled')"
# What the tracker learns about a job; the rest is set once, or by methods of its own.
UPDATABLE = frozenset(
    [
        "status",
        "remote_file_id",
        "remote_validation_file_id",
        "remote_job_id",
        "fine_tuned_model",
        "trained_tokens",
        "step",
        "total_steps",
        "train_loss",
        "valid_loss",
        "error_code",
        "error_message",
        "event_cursor",
        "unreachable_since",
        "started_at",
        "estimated_finish",
        "finished_at",
    ]
)
MOMENTS = (
    "created_at",
    "submitted_at",
    "started_at",
    "estimated_finish",
    "finished_at",
    "unreachable_since",
    "notified_at",
    "checked_at",
    "next_check_at",
)


class JobStore:
    """Jobs of every server. `update` bumps the revision, so that whoever shows jobs knows what changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, quote: Quote, *, launch_id: str, message_id: int | None, created_by: int, now: datetime
    ) -> Job | None:
        """The new pending job, or None if the server has an active one or the quote was launched before."""
        row = await self._database.insert(
            "jobs",
            {
                "quote_id": quote.id,
                "guild_id": quote.guild_id,
                "channel_id": quote.channel_id,
                "message_id": message_id,
                "launch_id": launch_id,
                "status": PENDING,
                "created_by": created_by,
                "created_at": now,
            },
            "ON CONFLICT DO NOTHING",
        )
        return await self.by_id(row["id"]) if row else None

    async def update(self, job_id: int, **changes: object) -> Job:
        """Set columns and bump the revision; returns the job as it is then."""
        if not changes.keys() <= UPDATABLE:
            raise ValueError(f"cannot set {sorted(changes.keys() - UPDATABLE)}")
        values = {name: storable(value) for name, value in changes.items()}
        assignments = ", ".join(f"{name} = :{name}" for name in values)
        await self._database.write(
            f"UPDATE jobs SET {assignments}, revision = revision + 1 WHERE id = :id",  # noqa: S608  # names from UPDATABLE
            {**values, "id": job_id},
        )
        return await self.by_id(job_id)

    async def cancel_unsubmitted(self, job_id: int, *, now: datetime) -> Job | None:
        """End a job that the server cannot know yet; None if it has been submitted meanwhile."""
        row = await self._database.write(
            "UPDATE jobs SET status = 'cancelled', finished_at = :now, revision = revision + 1"
            " WHERE id = :id AND status = 'pending' AND submitted_at IS NULL RETURNING id",
            {"id": job_id, "now": to_text(now)},
        )
        return await self.by_id(row["id"]) if row else None

    async def claim_submission(self, job_id: int, *, now: datetime) -> bool:
        """Mark the pending job as being created remotely; False if it was cancelled or claimed before."""
        row = await self._database.write(
            "UPDATE jobs SET submitted_at = :now WHERE id = :id AND status = 'pending' AND submitted_at IS NULL RETURNING id",
            {"id": job_id, "now": to_text(now)},
        )
        return row is not None

    async def by_id(self, job_id: int) -> Job:
        """The job of that number, of whichever server."""
        row = await self._database.fetch_one(SELECT + "WHERE j.id = :id", {"id": job_id})
        if row is None:
            raise LookupError(f"job {job_id} is gone")
        return _job(row)

    async def get(self, guild_id: int, job_id: int) -> Job | None:
        """The server's job of that number."""
        row = await self._database.fetch_one(
            SELECT + "WHERE j.id = :id AND j.guild_id = :guild_id", {"id": job_id, "guild_id": guild_id}
        )
        return _job(row) if row else None

    async def list(self, guild_id: int, limit: int = 25) -> tuple[Job, ...]:
        """The server's jobs, newest first."""
        rows = await self._database.fetch_all(
            SELECT + "WHERE j.guild_id = :guild_id ORDER BY j.id DESC LIMIT :limit",
            {"guild_id": guild_id, "limit": limit},
        )
        return tuple(_job(row) for row in rows)

    async def active(self) -> tuple[Job, ...]:
        """Every job that has not ended, of all servers, oldest first."""
        return tuple(_job(row) for row in await self._database.fetch_all(SELECT + f"WHERE {ACTIVE} ORDER BY j.id"))

    async def due(self, now: datetime) -> tuple[Job, ...]:
        """The active jobs that are to be looked at now, the longest waiting first."""
        rows = await self._database.fetch_all(
            SELECT + f"WHERE {ACTIVE} AND COALESCE(j.next_check_at, '') <= :now ORDER BY j.next_check_at, j.id",
            {"now": to_text(now)},
        )
        return tuple(_job(row) for row in rows)

    async def next_due(self) -> datetime | None:
        """When the next look is planned; None if no job is active."""
        row = await self._database.fetch_one(
            f"SELECT MIN(COALESCE(j.next_check_at, j.created_at)) AS at FROM jobs j WHERE {ACTIVE}"  # noqa: S608  # a constant
        )
        return from_text(row["at"]) if row and row["at"] else None

    async def schedule(self, job_id: int, *, now: datetime, next_check_at: datetime, failures: int = 0) -> None:
        """Note that the job was looked at, and when it is next; nothing that people see changes."""
        await self._database.write(
            "UPDATE jobs SET checked_at = :now, next_check_at = :next, failures = :failures WHERE id = :id",
            {"id": job_id, "now": to_text(now), "next": to_text(next_check_at), "failures": failures},
        )

    async def check_now(self, job_id: int) -> None:
        """Let the next round look at the job, whatever was planned."""
        await self._database.write("UPDATE jobs SET next_check_at = NULL WHERE id = :id", {"id": job_id})

    async def unshown(self) -> tuple[Job, ...]:
        """Jobs whose channel does not show their latest state."""
        rows = await self._database.fetch_all(SELECT + "WHERE j.shown_revision < j.revision ORDER BY j.id")
        return tuple(_job(row) for row in rows)

    async def shown(self, job: Job, *, channel_id: int, message_id: int, now: datetime) -> None:
        """Discord accepted a message with the job in this state; an ended one counts as notified."""
        await self._database.write(
            "UPDATE jobs SET shown_revision = :revision, channel_id = :channel_id, message_id = :message_id,"
            " notified_at = COALESCE(notified_at, :notified_at) WHERE id = :id",
            {
                "id": job.id,
                "revision": job.revision,
                "channel_id": channel_id,
                "message_id": message_id,
                "notified_at": to_text(now) if job.ended else None,
            },
        )

    async def add_events(self, job_id: int, events: Sequence[RemoteEvent]) -> None:
        """Store events; one that is there already stays as it is."""
        async with self._database.transaction():
            for event in events:
                await self._database.insert(
                    "job_events",
                    {
                        "job_id": job_id,
                        "event_id": event.id,
                        "created_at": event.created_at,
                        "level": event.level,
                        "type": event.type,
                        "message": event.message,
                        "data": json.dumps(event.data),
                    },
                    "ON CONFLICT DO NOTHING",
                )


def _job(row: Row) -> Job:
    return Job(**read_moments(row, *MOMENTS))
