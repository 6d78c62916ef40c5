"""Reports on finished jobs, and the evaluations that lead to them: what was tried and answered is written down as it comes."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, to_text
from bot.store.outbox import Kind, OutboxStore


@dataclass(frozen=True)
class StoredAnswer:
    """One answer of an evaluation under way, as JSON. `role` is tuned or base."""

    question: str
    role: str
    answer: str


class ReportStore:
    """Reports by job, as JSON. A finished one is owed to the job's channel in the same transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._outbox = OutboxStore(database)

    async def due(self, now: datetime, launched_since: datetime) -> tuple[int, ...]:
        """Numbers of the jobs launched since then that made a model, have no report, and may be evaluated now; oldest first. Servers that
        removed the bot get none."""
        rows = await self._database.fetch_all(
            "SELECT j.id FROM jobs j LEFT JOIN reports r ON r.job_id = j.id WHERE j.status = 'succeeded'"
            " AND j.fine_tuned_model IS NOT NULL AND r.report IS NULL AND j.created_at >= :since"
            " AND NOT EXISTS (SELECT 1 FROM departures d WHERE d.guild_id = j.guild_id)"
            " AND COALESCE(r.next_attempt_at, '') <= :now ORDER BY j.id",
            {"since": to_text(launched_since), "now": to_text(now)},
        )
        return tuple(row["id"] for row in rows)

    async def count_attempt(self, job_id: int, *, now: datetime) -> int:
        """Write down that the job is about to be evaluated, before anything is asked; returns which attempt it is."""
        row = await self._database.insert(
            "reports",
            {"job_id": job_id, "attempts": 1, "next_attempt_at": now, "created_at": now},
            "ON CONFLICT (job_id) DO UPDATE SET attempts = reports.attempts + 1",
        )
        return int(row["attempts"]) if row else 0

    async def next_attempt_at(self, job_id: int, at: datetime) -> None:
        """Evaluate the job again at that time, if no report is written until then."""
        await self._database.write(
            "UPDATE reports SET next_attempt_at = :at WHERE job_id = :job_id", {"job_id": job_id, "at": to_text(at)}
        )

    async def answers(self, job_id: int) -> tuple[StoredAnswer, ...]:
        """What earlier attempts were answered."""
        rows = await self._database.fetch_all(
            "SELECT question, role, answer FROM evaluation_answers WHERE job_id = :job_id", {"job_id": job_id}
        )
        return tuple(StoredAnswer(**dict(row)) for row in rows)

    async def add_answer(self, job_id: int, answer: StoredAnswer) -> None:
        """Keep an answer for the attempts to come."""
        values = {"job_id": job_id, "question": answer.question, "role": answer.role, "answer": answer.answer}
        await self._database.insert("evaluation_answers", values, "ON CONFLICT DO NOTHING")

    async def write(self, job_id: int, guild_id: int, channel_id: int, report: str, *, now: datetime) -> bool:
        """Keep the job's report, and owe it to the channel; False if there is one already, which stays as it is."""
        async with self._database.transaction():
            row = await self._database.write(
                "UPDATE reports SET report = :report, created_at = :now WHERE job_id = :job_id AND report IS NULL RETURNING job_id",
                {"job_id": job_id, "report": report, "now": to_text(now)},
            )
            if row is None:
                return False
            await self._database.write("DELETE FROM evaluation_answers WHERE job_id = :id", {"id": job_id})
            await self._outbox.add(guild_id, Kind.REPORT, job_id, channel_id=channel_id, now=now)
        return True

    async def rewrite(self, job_id: int, guild_id: int, report: str, *, now: datetime) -> None:
        """Replace a job's report, also in the message that shows it."""
        async with self._database.transaction():
            values = {"job_id": job_id, "report": report}
            await self._database.write("UPDATE reports SET report = :report WHERE job_id = :job_id", values)
            await self._outbox.change(guild_id, Kind.REPORT, job_id, urgent=True, now=now)

    async def forget_question(self, job_id: int, question: str) -> None:
        """Delete the answers to a question from an unfinished evaluation."""
        await self._database.write(
            "DELETE FROM evaluation_answers WHERE job_id = :job_id AND question = :question",
            {"job_id": job_id, "question": question},
        )

    async def get(self, job_id: int) -> str | None:
        """The job's report."""
        row = await self._database.fetch_one("SELECT report FROM reports WHERE job_id = :job_id", {"job_id": job_id})
        return row["report"] if row else None
