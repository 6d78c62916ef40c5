"""What the engine remembers: OpenAI's own objects, some with a field that stays inside."""

import secrets
import string
import time
from typing import Literal

from openai.types import FileObject, Model
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint

__all__ = [
    "FINISHED",
    "UNFINISHED",
    "FileObject",
    "FineTuningJobCheckpoint",
    "FineTuningJobEvent",
    "Status",
    "StoredJob",
    "StoredModel",
    "new_id",
    "now",
]

Status = Literal["validating_files", "queued", "running", "pausing", "paused", "succeeded", "failed", "cancelled"]
FINISHED: tuple[Status, ...] = ("succeeded", "failed", "cancelled")
UNFINISHED: tuple[Status, ...] = ("validating_files", "queued", "running", "pausing", "paused")
_LETTERS = string.ascii_letters + string.digits


class StoredJob(FineTuningJob):
    """A job, the id that its model will have, the tokens of one epoch, and whose job it is (see engine.access)."""

    # OpenAI's API answers pausing and paused too, which the type in its package leaves out.
    status: Status  # type: ignore[assignment]
    tuned_id: str = ""
    epoch_tokens: int = 0
    owner: str = ""


class StoredModel(Model):
    """A tuned model, the built-in one that it grew from, the name of its weights, and for a checkpoint the step."""

    base: str
    weights: str
    step: int | None = None


def new_id(prefix: str, length: int = 24) -> str:
    """An unguessable id such as file-8fJ…"""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def now() -> int:
    """Seconds since 1970, UTC."""
    return int(time.time())
