"""Figures about the whole database, for who watches over the bot."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, to_text

COUNTS = """
SELECT (SELECT COUNT(*) FROM outbox WHERE delivered_revision < revision AND changed_at >= :oldest) AS outbox_waiting,
       (SELECT COUNT(*) FROM jobs WHERE status NOT IN ('succeeded', 'failed', 'cancelled')) AS active_jobs
"""


@dataclass(frozen=True)
class Waiting:
    """Messages that wait for Discord, and fine-tuning jobs that have not ended, of all servers."""

    outbox_waiting: int
    active_jobs: int


class MeasureStore:
    """Reads figures of all servers together: they are for the operator alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self, *, oldest: datetime) -> Waiting:
        """What waits now; messages that have not changed since `oldest` are given up."""
        (row,) = await self._database.fetch_all(COUNTS, {"oldest": to_text(oldest)})
        return Waiting(**dict(row))
