"""What trainings have cost and how long they took, read from the jobs and their quotes."""

from datetime import datetime

from bot.store.database import Database, Row, from_text, to_text


class SpendingStore:
    """Sums over jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent_since(self, guild_id: int, since: datetime) -> int:
        """Millionths of a dollar for the guild's jobs launched since then: as quoted, or pro rata for the tokens that the server
        says it trained. Of a job that ended early without that word, the share of its steps counts, or all of it where no
        step was reported; nothing if it never ran.
        """
        rows = await self._database.fetch_all(
            "SELECT q.cost_microdollars, q.training_tokens, j.trained_tokens, j.status, j.step, j.total_steps, j.started_at"
            " FROM jobs j JOIN quotes q ON q.id = j.quote_id WHERE j.guild_id = :guild_id AND j.created_at >= :since",
            {"guild_id": guild_id, "since": to_text(since)},
        )
        return sum(map(_spent, rows))

    async def seconds_per_token(self, base_model: str) -> float | None:
        """How long the last five trainings of this base took, a token; None without any."""
        rows = await self._database.fetch_all(
            "SELECT j.trained_tokens, j.started_at, j.finished_at FROM jobs j JOIN quotes q ON q.id = j.quote_id"
            " WHERE j.status = 'succeeded' AND q.base_model = :base AND j.trained_tokens > 0"
            " AND j.started_at IS NOT NULL AND j.finished_at IS NOT NULL ORDER BY j.id DESC LIMIT 5",
            {"base": base_model},
        )
        tokens = sum(row["trained_tokens"] for row in rows)
        took = [from_text(row["finished_at"]) - from_text(row["started_at"]) for row in rows]
        return sum(span.total_seconds() for span in took) / tokens if tokens else None


def _spent(job: Row) -> int:
    """What one job cost."""
    cost = job["cost_microdollars"] or 0
    if job["trained_tokens"] is not None:
        return int(cost * job["trained_tokens"] // max(job["training_tokens"], 1))
    if job["status"] not in ("failed", "cancelled"):
        return int(cost)
    if job["step"] is not None and (job["total_steps"] or 0) > 0:
        return int(cost * min(job["step"], job["total_steps"]) // job["total_steps"])
    return int(cost) if job["started_at"] is not None else 0
