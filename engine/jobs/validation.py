"""What a new job needs, checked before it is queued and again before it is trained."""

from pathlib import Path

from engine.backends.catalogue import Catalogue
from engine.backends.interface import Backend
from engine.protocol.errors import ApiError
from engine.protocol.objects import StoredJob, StoredModel
from engine.training.task import ChosenHyperparameters, Hyperparameters
from engine.training.trainer import RefusedError
from engine.training.training_file import read_examples


async def find_start(catalogue: Catalogue, job: StoredJob) -> StoredModel:
    """The model that a job tunes. Raises RefusedError where it, its base or its weights are gone."""
    try:
        model = await catalogue.find(job.model)
    except ApiError as error:
        raise (model_deleted(job.model) if error.code == "model_not_found" else _refused(error)) from error
    if model.weights and not catalogue.weights_of(model).exists():
        raise model_deleted(job.model)
    return model


def model_deleted(model: str) -> RefusedError:
    return RefusedError(f"The model `{model}`, which this job tunes further, was deleted.", "model_not_found", "model")


def _refused(error: ApiError) -> RefusedError:
    return RefusedError(error.message, error.code or "invalid_request", error.param)


def check(job: StoredJob, backend: Backend, files: Path) -> tuple[Hyperparameters, int]:
    """Read a job's files, which may take long: its hyperparameters, and the tokens of one epoch. Raises RefusedError."""
    check_present(job, files)
    examples = tokens = 0
    for example in read_examples(files / job.training_file):
        examples += 1
        # As OpenAI counts chats: three more a message, and three an example.
        tokens += backend.count_tokens([message.text for message in example.messages]) + 3 * len(example.messages) + 3
    if job.validation_file:
        for _ in read_examples(files / job.validation_file, "validation_file"):
            pass
    return backend.plan(examples, ChosenHyperparameters.model_validate(chosen(job))), tokens


def check_present(job: StoredJob, files: Path) -> None:
    """Raises RefusedError where a file has been deleted since."""
    for param, name in (("training_file", job.training_file), ("validation_file", job.validation_file)):
        if name and not (files / name).exists():
            raise RefusedError(f"The {param.replace('_', ' ')} was deleted.", f"invalid_{param}", param)


def chosen(job: StoredJob) -> dict[str, float]:
    """The hyperparameters that are numbers already."""
    return {name: value for name, value in job.hyperparameters.model_dump().items() if isinstance(value, int | float)}
