"""What the engine takes on, and what a job needs: checked before it is queued, and again before it is trained."""

import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.backends.catalogue import Catalogue
from engine.backends.interface import Backend
from engine.protocol.errors import ApiError, disk_full, no_such_model
from engine.protocol.objects import StoredJob, StoredModel
from engine.training.preference_file import Preference, read_preferences
from engine.training.task import ChosenHyperparameters, Hyperparameters
from engine.training.trainer import RefusedError
from engine.training.training_file import Example, read_examples

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bytes of one upload and of all, bytes of the disk that stay free, and jobs that may wait."""

    file_bytes: int = 512 * MIB
    stored_bytes: int = 10 * 1024 * MIB
    spare_bytes: int = 256 * MIB
    waiting_jobs: int = 100

    def check_file(self, size: int) -> None:
        if size > self.file_bytes:
            message = f"The file is larger than {self.file_bytes // MIB} MB."
            raise ApiError(message, status=413, param="file", code="file_too_large")

    def check_storage(self, stored: int, more: int) -> None:
        if stored + more > self.stored_bytes:
            message = f"All files together would exceed this engine's {self.stored_bytes // MIB} MB: delete some."
            raise ApiError(message, status=413, param="file", code="storage_limit_exceeded")

    def has_room(self, folder: Path) -> bool:
        return shutil.disk_usage(folder).free >= self.spare_bytes

    def check_disk(self, folder: Path) -> None:
        if not self.has_room(folder):
            raise disk_full()

    def check_queue(self, waiting: int) -> None:
        if waiting >= self.waiting_jobs:
            message = f"{waiting} fine-tuning jobs are waiting already. Cancel some, or try again when they are done."
            raise ApiError(message, status=429, kind="rate_limit_error", code="training_queue_full")


async def find_start(catalogue: Catalogue, job: StoredJob) -> StoredModel:
    """The model that a job tunes. Raises RefusedError where it, its base or its weights are gone."""
    try:
        model = await catalogue.find(job.model)
    except ApiError as error:
        is_gone = error.message == no_such_model(job.model).message
        base_missing = RefusedError(error.message, "model_not_found", "model")
        raise (model_deleted(job.model) if is_gone else base_missing) from error
    if model.weights and not catalogue.weights_of(model).exists():
        raise model_deleted(job.model)
    return model


def model_deleted(model: str) -> RefusedError:
    return RefusedError(f"The model `{model}`, which this job tunes further, was deleted.", "model_not_found", "model")


def check(job: StoredJob, backend: Backend, files: Path) -> tuple[Hyperparameters, int]:
    """Read a job's files, which may take long: its hyperparameters, and the tokens of one epoch. Raises RefusedError."""
    check_present(job, files)
    examples = tokens = 0
    for example in _examples(job, files / job.training_file, "training_file"):
        examples += 1
        # As OpenAI counts chats: three more a message, and three an example.
        tokens += backend.count_tokens([message.text for message in example.messages]) + 3 * len(example.messages) + 3
    if job.validation_file:
        deque(_examples(job, files / job.validation_file, "validation_file"), maxlen=0)
    return backend.plan(job.method_name, examples, ChosenHyperparameters.model_validate(chosen(job))), tokens


def _examples(job: StoredJob, path: Path, param: str) -> Iterator[Example | Preference]:
    yield from read_preferences(path, param) if job.method_name == "dpo" else read_examples(path, param)


def check_present(job: StoredJob, files: Path) -> None:
    for param, name in (("training_file", job.training_file), ("validation_file", job.validation_file)):
        if name and not (files / name).exists():
            raise RefusedError(f"The {param.replace('_', ' ')} was deleted.", f"invalid_{param}", param)


def chosen(job: StoredJob) -> dict[str, float]:
    """The hyperparameters that are numbers already."""
    dpo = job.method.dpo.hyperparameters if job.method and job.method.dpo else None
    known = job.hyperparameters.model_dump() | ({"beta": dpo.beta} if dpo else {})
    return {name: value for name, value in known.items() if isinstance(value, int | float)}
