"""What trainings have cost and how long they took, read from the jobs and their quotes."""

from datetime import datetime

from bot.store.database import Database, from_text, to_text


class SpendingStore:
    """Sums over jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spent_since(self, guild_id: int, since: datetime) -> int:
        """Millionths of a dollar for the guild's jobs launched since then: as quoted, or pro rata for the tokens that the server
        says it trained. Of a job that ended early without that word, the share of its steps counts, or all of it where no
        step was reported; nothing if it never ran.
        """
        row = await self._database.fetch_one(
            "SELECT SUM(CASE"
            "     WHEN j.trained_tokens IS NOT NULL THEN q.cost_microdollars * j.trained_tokens / MAX(q.training_tokens, 1)"
            "     WHEN j.status NOT IN ('failed', 'cancelled') THEN q.cost_microdollars"
            "     WHEN j.step IS NOT NULL AND j.total_steps > 0"
            "          THEN q.cost_microdollars * MIN(j.step, j.total_steps) / j.total_steps"
            "     WHEN j.started_at IS NOT NULL THEN q.cost_microdollars ELSE 0 END) AS spent"
            " FROM jobs j JOIN quotes q ON q.id = j.quote_id WHERE j.guild_id = :guild_id AND j.created_at >= :since",
            {"guild_id": guild_id, "since": to_text(since)},
        )
        return int(row["spent"] or 0) if row else 0

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
