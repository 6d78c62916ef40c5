"""Reports on finished jobs: one a job, written before anybody sees it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.store.database import Database, Row, read_moments, to_text

SELECT = "SELECT job_id, report, created_at, shown_at FROM reports "


@dataclass(frozen=True)
class StoredReport:
    """What `bot.reports.report` reads; `shown_at` is when Discord accepted the message with it."""

    job_id: int
    report: Mapping[str, Any]
    created_at: datetime
    shown_at: datetime | None


class ReportStore:
    """Reports by job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job_id: int, report: Mapping[str, Any], *, now: datetime) -> bool:
        """Keep the job's report; False if there is one already, which stays as it is."""
        text = json.dumps(report, ensure_ascii=False, allow_nan=False)
        values = {"job_id": job_id, "report": text, "created_at": now}
        return await self._database.insert("reports", values, "ON CONFLICT DO NOTHING") is not None

    async def get(self, job_id: int) -> StoredReport | None:
        """The job's report."""
        row = await self._database.fetch_one(SELECT + "WHERE job_id = :job_id", {"job_id": job_id})
        return _report(row) if row else None

    async def missing(self, since: datetime) -> tuple[int, ...]:
        """Numbers of the jobs launched since then that made a model and have no report, the oldest first."""
        rows = await self._database.fetch_all(
            "SELECT j.id FROM jobs j LEFT JOIN reports r ON r.job_id = j.id WHERE j.status = 'succeeded'"
            " AND j.fine_tuned_model IS NOT NULL AND r.job_id IS NULL AND j.created_at >= :since ORDER BY j.id",
            {"since": to_text(since)},
        )
        return tuple(row["id"] for row in rows)

    async def unshown(self, since: datetime) -> tuple[StoredReport, ...]:
        """Reports written since then that Discord has not accepted yet, the oldest first."""
        rows = await self._database.fetch_all(
            SELECT + "WHERE shown_at IS NULL AND created_at >= :since ORDER BY created_at, job_id",
            {"since": to_text(since)},
        )
        return tuple(_report(row) for row in rows)

    async def shown(self, job_id: int, *, now: datetime) -> None:
        """Discord accepted a message with the report."""
        await self._database.write(
            "UPDATE reports SET shown_at = COALESCE(shown_at, :now) WHERE job_id = :job_id",
            {"job_id": job_id, "now": to_text(now)},
        )


def _report(row: Row) -> StoredReport:
    moments = read_moments(row, "created_at", "shown_at")
    return StoredReport(**(moments | {"report": json.loads(row["report"])}))
