"""What an answer about a job changes in its row, and when to ask again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.remote import RemoteEvent, RemoteJob, finite, whole
from bot.store.jobs import Job

FASTEST, SLOWEST = timedelta(seconds=2), timedelta(minutes=1)
SLOWEST_AFTER_FAILURE = timedelta(minutes=5)
CALMER = 1.5


def news(job: Job, remote: RemoteJob, now: datetime) -> dict[str, Any]:
    """What the server's view of a job sets in its row. Start and end are taken from our own clock; a server's may be wrong."""
    ended = remote.status in ("succeeded", "failed", "cancelled")
    return {
        "status": remote.status,
        "fine_tuned_model": remote.fine_tuned_model,
        "trained_tokens": remote.trained_tokens,
        "error_code": remote.error_code,
        "error_message": remote.error_message,
        "started_at": job.started_at or (now if remote.status == "running" else None),
        "estimated_finish": remote.estimated_finish,
        "finished_at": job.finished_at or (now if ended else None),
        "unreachable_since": None,
    }


def progress(events: Sequence[RemoteEvent]) -> dict[str, Any]:
    """What new events (oldest first) set in a job's row: the cursor, and the last measured step."""
    changes: dict[str, Any] = {"event_cursor": events[-1].id} if events else {}
    for event in events:
        step = whole(event.data.get("step"))
        if event.type == "metrics" and step is not None:
            total, valid_loss = whole(event.data.get("total_steps")), finite(event.data.get("valid_loss"))
            changes |= {"step": step, "train_loss": finite(event.data.get("train_loss"))}
            changes |= {"total_steps": total} if total else {}
            changes |= {"valid_loss": valid_loss} if valid_loss is not None else {}
    return changes


def next_check(job: Job, now: datetime, *, moved: bool) -> datetime:
    """Soon while it moves, then ever more calmly, up to a minute."""
    if moved or job.next_check_at is None or job.checked_at is None:
        return now + FASTEST
    pause = (job.next_check_at - job.checked_at) * CALMER
    return now + min(SLOWEST, max(FASTEST, pause))


def next_try(failures: int, now: datetime) -> datetime:
    """After a failure: twice as long each time, up to five minutes."""
    pause: timedelta = FASTEST * 2 ** min(failures, 10)
    return now + min(SLOWEST_AFTER_FAILURE, pause)
