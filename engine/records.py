"""What the engine remembers: OpenAI's own objects, some with a field that stays inside."""

import secrets
import string
import time

from openai.types import FileObject, Model
from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent
from openai.types.fine_tuning.jobs import FineTuningJobCheckpoint

__all__ = [
    "FINISHED",
    "FileObject",
    "FineTuningJobCheckpoint",
    "FineTuningJobEvent",
    "StoredJob",
    "StoredModel",
    "new_id",
    "now",
]

FINISHED = ("succeeded", "failed", "cancelled")
_LETTERS = string.ascii_letters + string.digits


class StoredJob(FineTuningJob):
    """A job, the suffix that its model's name will carry, and the tokens of one epoch."""

    suffix: str = ""
    epoch_tokens: int = 0


class StoredModel(Model):
    """A tuned model, the built-in one that it grew from, and the name of its weights' file."""

    base: str
    weights: str


def new_id(prefix: str, length: int = 24) -> str:
    """An unguessable id such as file-8fJ…"""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def now() -> int:
    """Seconds since 1970, UTC."""
    return int(time.time())
