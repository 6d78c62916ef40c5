"""What the model server's answers change in a job's row, when to ask again, and how long it will take."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.backoff import backoff
from bot.model_server.jobs import ENDED, RemoteEvent, RemoteJob
from bot.model_server.json_values import finite, whole
from bot.store.jobs import Job

SOONEST_CHECK, LATEST_CHECK = timedelta(seconds=2), timedelta(minutes=1)
LATEST_AFTER_FAILURE, LATEST_CLEAN_UP = timedelta(minutes=5), timedelta(hours=6)
SLOWER = 1.5  # each pause is so many times as long as the one before, while nothing moves


def updated(job: Job, remote: RemoteJob, events: Sequence[RemoteEvent], now: datetime) -> Job:
    """The job with the server's view of it and its new events (oldest first).

    Start and end are taken from our own clock; the server's may be wrong.
    """
    running = remote.status == "running"
    resumed = running and job.status != "running"
    job = replace(
        job,
        status=remote.status,
        fine_tuned_model=remote.fine_tuned_model,
        trained_tokens=remote.trained_tokens,
        error_code=remote.error_code,
        error_message=remote.error_message,
        started_at=job.started_at or (now if running else None),
        running_since=now if resumed else job.running_since,
        running_from_step=(job.step or 0) if resumed else job.running_from_step,
        estimated_finish=remote.estimated_finish,
        finished_at=job.finished_at or (now if remote.status in ENDED else None),
        unreachable_since=None,
    )
    for event in events:
        job = _with_event(job, event)
    return job


def _with_event(job: Job, event: RemoteEvent) -> Job:
    job = replace(job, event_cursor=event.id)
    step = whole(event.data.get("step"))
    if event.type != "metrics" or step is None:
        return job
    total, valid_loss = whole(event.data.get("total_steps")), finite(event.data.get("valid_loss"))
    return replace(
        job,
        step=step,
        train_loss=finite(event.data.get("train_loss")),
        total_steps=total or job.total_steps,
        valid_loss=job.valid_loss if valid_loss is None else valid_loss,
    )


def next_check(job: Job, now: datetime, *, moved: bool) -> datetime:
    """Soon while it moves, then ever later, up to a minute."""
    if moved or job.next_check_at is None or job.checked_at is None:
        return now + SOONEST_CHECK
    pause = (job.next_check_at - job.checked_at) * SLOWER
    return now + min(LATEST_CHECK, max(SOONEST_CHECK, pause))


def next_try(job: Job, failures: int, now: datetime) -> datetime:
    """After so many failures in a row; what is left to do for an ended job has time."""
    return now + backoff(failures + 1, SOONEST_CHECK, LATEST_CLEAN_UP if job.ended else LATEST_AFTER_FAILURE)


def expected_finish(job: Job, now: datetime) -> datetime | None:
    """When a running job should be done: what the server says, else by the steps since it last began to run."""
    if job.status != "running":
        return None
    if job.estimated_finish is not None and job.estimated_finish > now:
        return job.estimated_finish
    if not job.step or not job.total_steps or job.running_since is None or now <= job.running_since:
        return None
    taken = job.step - (job.running_from_step or 0)
    if taken <= 0:
        return None
    return now + (now - job.running_since) / taken * max(0, job.total_steps - job.step)
