"""A new job's files, read before it is queued: what is wrong with them, and how the training will go."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.backends.interface import Backend
from engine.protocol.objects import StoredJob
from engine.training.task import Course, Wanted
from engine.training.training_file import MIN_EXAMPLES, DatasetError, Example, read_examples


class JobFileError(Exception):
    """What is wrong with one of a job's files, as its `error` says it."""

    def __init__(self, param: str, code: str, message: str) -> None:
        """`param` is training_file or validation_file."""
        super().__init__(message)
        self.param, self.code, self.message = param, code, message


@dataclass(frozen=True)
class Checked:
    """A job's course, and the tokens of one epoch."""

    course: Course
    epoch_tokens: int


def check(job: StoredJob, backend: Backend, files: Path) -> Checked:
    """Read a job's files, which may take long. Raises JobFileError."""
    examples = _read(files, job.training_file, "training_file", MIN_EXAMPLES)
    if job.validation_file:
        _read(files, job.validation_file, "validation_file", 1)
    wanted = Wanted.model_validate(given(job))
    return Checked(backend.plan(len(examples), wanted), _tokens(examples, backend.count_tokens))


def check_present(job: StoredJob, files: Path) -> None:
    """Raises JobFileError where a file has been deleted since."""
    for param, name in (("training_file", job.training_file), ("validation_file", job.validation_file)):
        if name and not (files / name).exists():
            raise _deleted(param)


def given(job: StoredJob) -> dict[str, float]:
    """The hyperparameters that are numbers already."""
    return {name: value for name, value in job.hyperparameters.model_dump().items() if isinstance(value, int | float)}


def _read(files: Path, name: str, param: str, fewest: int) -> list[Example]:
    try:
        return read_examples(files / name, fewest)
    except FileNotFoundError as error:
        raise _deleted(param) from error
    except DatasetError as error:
        raise JobFileError(param, error.code, error.message) from error


def _deleted(param: str) -> JobFileError:
    return JobFileError(param, f"invalid_{param}", f"The {param.replace('_', ' ')} was deleted.")


def _tokens(examples: list[Example], count_tokens: Callable[[str], int]) -> int:
    """Tokens with three more a message and three an example, as OpenAI counts chats."""
    messages = [message for example in examples for message in example.messages]
    return sum(count_tokens(message.content) + 3 for message in messages) + 3 * len(examples)
