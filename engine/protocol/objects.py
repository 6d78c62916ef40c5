"""OpenAI's objects as the engine keeps them, some with fields that stay inside."""

import re
import secrets
import string
import time
from collections.abc import Mapping
from typing import ClassVar, Literal, TypeAlias, get_args

from openai.types import FileObject, Model
from openai.types.fine_tuning import FineTuningJob
from openai.types.fine_tuning.fine_tuning_job import Method
from pydantic import BaseModel

from engine.protocol.methods import MethodName

EMBEDDING_MODEL = "text-embedding-minilm-l6-v2"
WORKERS = "ray_workers"  # the key in a job's metadata
FINE_TUNE, RESULTS = "fine-tune", "fine-tune-results"

Unfinished: TypeAlias = Literal["validating_files", "queued", "running", "pausing", "paused"]
Status: TypeAlias = Unfinished | Literal["succeeded", "failed", "cancelled"]
UNFINISHED: tuple[Unfinished, ...] = get_args(Unfinished)

# The names that the engine gives to what it puts into these folders of its data directory.
OURS = {
    "bases": re.compile(r"[A-Za-z0-9][\w.-]*-[0-9a-f]{16}"),
    "files": re.compile(r"(file|upload)-[A-Za-z0-9]{24}(\.\d+)?(\.part)?"),
    "trainings": re.compile(r"ftjob-[A-Za-z0-9]{24}"),
    "models": re.compile(r"ftjob-[A-Za-z0-9]{24}(\.[\w.-]+)?|practice-1-[0-9a-f]{16}\.safetensors(\.\d+\.part)?"),
}

_LETTERS = string.ascii_letters + string.digits


class StoredJob(FineTuningJob):
    """A job, the id that its model will have, the tokens of one epoch, and whose job it is (the holder of an API key).

    `reports_stored` is the number of the last report of its training that has become part of its history, where reports have numbers.
    """

    internal: ClassVar = {"tuned_id", "epoch_tokens", "owner", "reports_stored"}

    # OpenAI's API answers pausing and paused too, which the type in its package leaves out.
    status: Status  # type: ignore[assignment]
    tuned_id: str = ""
    epoch_tokens: int = 0
    owner: str = ""
    reports_stored: int = 0

    @property
    def workers(self) -> int:
        """How many workers share each step of its training, as its metadata asks. Raises ValueError where that is no number."""
        return int((self.metadata or {}).get(WORKERS, "1"))

    @property
    def method_name(self) -> MethodName:
        return "dpo" if self.method and self.method.type == "dpo" else "supervised"


class ModelMeta(BaseModel):
    """How many weights a model has, how many tokens it reads at once, whether jobs can start from it and by which methods, and whether it
    calls tools."""

    n_params: int
    n_ctx: int
    allow_fine_tuning: bool
    fine_tuning_methods: list[MethodName]
    tools: bool


class StoredModel(Model):
    """A tuned model, the base that it grew from, the name of its weights, and for a checkpoint the step."""

    internal: ClassVar = {"base", "weights", "step"}

    base: str
    weights: str
    step: int | None = None
    meta: ModelMeta | None = None


def new_method(name: MethodName, hyperparameters: Mapping[str, float | str]) -> Method:
    return Method.model_validate({"type": name, name: {"hyperparameters": hyperparameters}})


def new_id(prefix: str, length: int = 24) -> str:
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def new_file(name: str, size: int, purpose: str) -> FileObject:
    known = {"id": new_id("file-"), "created_at": now(), "object": "file", "status": "processed"}
    return FileObject.model_validate({**known, "filename": name, "bytes": size, "purpose": purpose})


def new_model(name: str, base: str, weights: str, created: int, step: int | None = None) -> StoredModel:
    known = {"id": name, "created": created, "object": "model", "owned_by": "punchline"}
    return StoredModel.model_validate({**known, "base": base, "weights": weights, "step": step})


def now() -> int:
    """Seconds since 1970, UTC."""
    return int(time.time())
