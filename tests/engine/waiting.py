"""Waiting for what another process does: by asking, up to a limit."""

import time
from collections.abc import Callable

from openai import OpenAI
from openai.types.fine_tuning import FineTuningJob

_LIMIT = 180.0


def wait_until(happened: Callable[[], bool], limit: float = _LIMIT) -> float:
    """Ask every 50 ms; gives the seconds it took. Raises TimeoutError."""
    began = time.monotonic()
    while not happened():
        if time.monotonic() - began > limit:
            raise TimeoutError("it did not happen")
        time.sleep(0.05)
    return time.monotonic() - began


def finished(client: OpenAI, job_id: str) -> FineTuningJob:
    """The job once it has ended."""
    wait_until(lambda: client.fine_tuning.jobs.retrieve(job_id).status in ("succeeded", "failed", "cancelled"))
    return client.fine_tuning.jobs.retrieve(job_id)


def trains(client: OpenAI, job_id: str) -> bool:
    """Whether the job has shown a loss."""
    events = client.fine_tuning.jobs.list_events(job_id, limit=100).data
    return any(event.type == "metrics" for event in events)
