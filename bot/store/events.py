"""What happened to a job, as its model server reported it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.model_server.jobs import RemoteEvent
from bot.store.database import Database, Row, from_text

# The number follows the order in which events arrived; many share a second, and the server's ids have no order.
SELECT = "SELECT id AS number, created_at, level, type, message, data FROM job_events WHERE job_id = :job_id "


@dataclass(frozen=True)
class JobEvent:
    """One line of a job's history; later ones have a higher `number`."""

    number: int
    created_at: datetime
    level: str
    type: str
    message: str
    data: Mapping[str, Any]


class EventStore:
    """Events by job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job_id: int, events: Sequence[RemoteEvent]) -> None:
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

    async def metrics(self, job_id: int) -> tuple[Mapping[str, Any], ...]:
        """The data of the job's metrics, oldest first, as the server sent it: it may hold NaN, or lack what it should have."""
        rows = await self._database.fetch_all(
            SELECT + "AND type = 'metrics' ORDER BY created_at, number", {"job_id": job_id}
        )
        return tuple(_data(row) for row in rows)

    async def list(self, job_id: int, limit: int, before: int | None = None) -> tuple[JobEvent, ...]:
        """The job's newest events, newest first; with `before` those older than that number."""
        rows = await self._database.fetch_all(
            SELECT + "AND (CAST(:before AS BIGINT) IS NULL OR id < :before) ORDER BY number DESC LIMIT :limit",
            {"job_id": job_id, "limit": limit, "before": before},
        )
        return tuple(_event(row) for row in rows)

    async def job_of(self, number: int) -> int | None:
        """The job that an event belongs to."""
        row = await self._database.fetch_one("SELECT job_id FROM job_events WHERE id = :number", {"number": number})
        return row["job_id"] if row else None


def _event(row: Row) -> JobEvent:
    return JobEvent(**(dict(row) | {"created_at": from_text(row["created_at"]), "data": _data(row)}))


def _data(row: Row) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(row["data"])
    return data
