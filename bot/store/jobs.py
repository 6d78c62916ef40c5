"""Fine-tuning jobs: the row is written before the remote act, and is the tracker's schedule."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.model_server.jobs import ENDED
from bot.store.database import Database, Row, from_text, read_moments, storable, to_text
from bot.store.outbox import Kind, OutboxStore
from bot.store.quotes import Quote

TOPIC = "jobs"
PENDING = "pending"
FILES_KEPT_FOR = timedelta(
    days=14
)  # so long after a job's end the tracker tries to delete its files at the model server


@dataclass(frozen=True)
class Job:
    """A launch and what became of it. `status` is OpenAI's word, or `pending` until the server has confirmed the job.

    `submitted_at` is set just before the job is created there, so a pending job with it may or may not exist remotely.
    `kind` is what the dataset teaches, `method` how. It has been running without a break since `running_since`, from step
    `running_from_step` on. The tracker checked it at `checked_at`, checks it again at `next_check_at`, and has failed to `failures`
    times in a row. Since `files_withdrawn_at` its files must go from the model server, however long that takes.
    """

    id: int
    quote_id: int
    guild_id: int
    channel_id: int
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
    running_since: datetime | None
    running_from_step: int | None
    files_withdrawn_at: datetime | None
    checked_at: datetime | None
    next_check_at: datetime | None
    failures: int
    dataset_id: int
    dataset: str
    kind: str
    base_model: str
    epochs: int | None
    suffix: str | None
    cost_microdollars: int | None
    quoted_tokens: int
    method: Literal["supervised", "dpo"]

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED


SELECT = """
SELECT j.*, d.id AS dataset_id, d.name AS dataset, d.method, d.kind, q.base_model, q.epochs, q.suffix, q.cost_microdollars, q.training_tokens AS quoted_tokens
FROM jobs j JOIN quotes q ON q.id = j.quote_id JOIN datasets d ON d.id = q.dataset_id
"""
ACTIVE = "j.status NOT IN ('succeeded', 'failed', 'cancelled')"
# An ended job is looked at until its files are gone from the model server: not for ever, unless somebody withdrew what they hold.
HAS_REMOTE_FILES = (
    "(j.files_withdrawn_at IS NOT NULL OR"
    " (j.remote_file_id IS NOT NULL OR j.remote_validation_file_id IS NOT NULL) AND j.finished_at >= :files_kept_since)"
)
# What changes in the course of a job; the rest is set once, or by methods of its own.
CHANGEABLE = (
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
    "running_since",
    "running_from_step",
    "estimated_finish",
    "finished_at",
)
MOMENTS = (
    "created_at",
    "submitted_at",
    "started_at",
    "running_since",
    "estimated_finish",
    "finished_at",
    "unreachable_since",
    "files_withdrawn_at",
    "checked_at",
    "next_check_at",
)


class JobStore:
    """Jobs of every guild. Whatever people see of a job is owed to its channel in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._outbox = OutboxStore(database)

    async def add(
        self, quote: Quote, *, launch_id: str, message_id: int | None, created_by: int, now: datetime
    ) -> Job | None:
        """The new pending job, or None if the guild has an active one or the quote was launched before.

        It will be shown in place of the message, which is in the quote's channel, or in a new one.
        """
        async with self._database.transaction():
            row = await self._database.insert(
                "jobs",
                {
                    "quote_id": quote.id,
                    "guild_id": quote.guild_id,
                    "channel_id": quote.channel_id,
                    "launch_id": launch_id,
                    "status": PENDING,
                    "created_by": created_by,
                    "created_at": now,
                },
                "ON CONFLICT DO NOTHING",
            )
            if row is None:
                return None
            channel = quote.channel_id
            await self._outbox.add(
                quote.guild_id, Kind.JOB, row["id"], channel_id=channel, message_id=message_id, now=now
            )
            self._database.announce(TOPIC)
            return await self.by_id(row["id"])

    async def save(self, before: Job, after: Job, *, now: datetime) -> None:
        """Write what differs between two states of a job, if anything does."""
        changes = {name: getattr(after, name) for name in CHANGEABLE if getattr(after, name) != getattr(before, name)}
        if not changes:
            return
        assignments = ", ".join(f"{name} = :{name}" for name in changes)
        async with self._database.transaction():
            await self._database.write(
                f"UPDATE jobs SET {assignments} WHERE id = :id",  # noqa: S608  # names from CHANGEABLE
                {"id": before.id, **{name: storable(value) for name, value in changes.items()}},
            )
            await self._outbox.change(before.guild_id, Kind.JOB, before.id, urgent=after.ended, now=now)

    async def cancel_unsubmitted(self, job: Job, *, now: datetime) -> Job | None:
        """End a job that the server cannot know yet; None if it has been submitted meanwhile."""
        async with self._database.transaction():
            row = await self._database.write(
                "UPDATE jobs SET status = 'cancelled', finished_at = :now"
                " WHERE id = :id AND status = 'pending' AND submitted_at IS NULL RETURNING id",
                {"id": job.id, "now": to_text(now)},
            )
            if row is None:
                return None
            await self._outbox.change(job.guild_id, Kind.JOB, job.id, urgent=True, now=now)
            return await self.by_id(job.id)

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

    async def list(self, guild_id: int, limit: int, before: int | None = None) -> tuple[Job, ...]:
        """The guild's jobs, newest first; with `before` those of lower numbers."""
        rows = await self._database.fetch_all(
            SELECT
            + "WHERE j.guild_id = :guild_id AND (CAST(:before AS BIGINT) IS NULL OR j.id < :before) ORDER BY j.id DESC LIMIT :limit",
            {"guild_id": guild_id, "limit": limit, "before": before},
        )
        return tuple(_job(row) for row in rows)

    async def unfinished(self, now: datetime) -> tuple[Job, ...]:
        """Every job, of all servers, that has not ended or has files on the model server; oldest first."""
        rows = await self._database.fetch_all(
            SELECT + f"WHERE {ACTIVE} OR {HAS_REMOTE_FILES} ORDER BY j.id",
            {"files_kept_since": to_text(now - FILES_KEPT_FOR)},
        )
        return tuple(_job(row) for row in rows)

    async def due(self, now: datetime) -> tuple[Job, ...]:
        """The jobs that the tracker is to look at now, the longest waiting first."""
        rows = await self._database.fetch_all(
            SELECT
            + f"WHERE ({ACTIVE} OR {HAS_REMOTE_FILES}) AND COALESCE(j.next_check_at, '') <= :now"
            + " ORDER BY COALESCE(j.next_check_at, ''), j.id",
            {"now": to_text(now), "files_kept_since": to_text(now - FILES_KEPT_FOR)},
        )
        return tuple(_job(row) for row in rows)

    async def next_due(self, now: datetime) -> datetime | None:
        """When the next look is planned; None if none is."""
        row = await self._database.fetch_one(
            f"SELECT MIN(COALESCE(j.next_check_at, j.created_at)) AS at FROM jobs j WHERE {ACTIVE} OR {HAS_REMOTE_FILES}",  # noqa: S608  # constants
            {"files_kept_since": to_text(now - FILES_KEPT_FOR)},
        )
        return from_text(row["at"]) if row and row["at"] else None

    async def schedule(self, job_id: int, *, now: datetime, next_check_at: datetime, failures: int = 0) -> None:
        """Note that the job was looked at, and when it is next; nothing that people see changes."""
        await self._database.write(
            "UPDATE jobs SET checked_at = :now, next_check_at = :next, failures = :failures WHERE id = :id",
            {"id": job_id, "now": to_text(now), "next": to_text(next_check_at), "failures": failures},
        )

    async def check_now(self, job_id: int) -> None:
        """Let the tracker look at the job at once, whatever was planned."""
        await self._database.write("UPDATE jobs SET next_check_at = NULL WHERE id = :id", {"id": job_id})
        self._database.announce(TOPIC)

    async def on_dataset(self, dataset_id: int) -> tuple[Job, ...]:
        """All jobs on a dataset, oldest first."""
        rows = await self._database.fetch_all(SELECT + "WHERE d.id = :id ORDER BY j.id", {"id": dataset_id})
        return tuple(_job(row) for row in rows)

    async def unsettled(self, guild_id: int) -> tuple[Job, ...]:
        """The server's jobs that have not ended or may have files at the model server, oldest first."""
        rows = await self._database.fetch_all(
            SELECT + f"WHERE j.guild_id = :guild_id AND ({ACTIVE} OR j.files_withdrawn_at IS NOT NULL"
            " OR j.remote_file_id IS NOT NULL OR j.remote_validation_file_id IS NOT NULL) ORDER BY j.id",
            {"guild_id": guild_id},
        )
        return tuple(_job(row) for row in rows)

    async def withdraw_files(self, job_id: int, *, now: datetime) -> None:
        """Make the tracker delete the job's files at the model server, however long that takes."""
        await self._database.write(
            "UPDATE jobs SET files_withdrawn_at = COALESCE(files_withdrawn_at, :now), next_check_at = NULL WHERE id = :id",
            {"id": job_id, "now": to_text(now)},
        )
        self._database.announce(TOPIC)

    async def files_are_gone(self, job_id: int) -> None:
        """The job's files are gone from the model server."""
        await self._database.write("UPDATE jobs SET files_withdrawn_at = NULL WHERE id = :id", {"id": job_id})

    async def with_remote_files(self, dataset_id: int) -> int:
        """How many jobs have a copy of the dataset at the model server."""
        row = await self._database.fetch_one(
            "SELECT COUNT(*) AS jobs FROM jobs j JOIN quotes q ON q.id = j.quote_id WHERE q.dataset_id = :id"
            " AND (j.remote_file_id IS NOT NULL OR j.remote_validation_file_id IS NOT NULL)",
            {"id": dataset_id},
        )
        return int(row["jobs"]) if row else 0


def _job(row: Row) -> Job:
    return Job(**read_moments(row, *MOMENTS))
