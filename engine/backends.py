"""What a kind of model must offer to be trained and talked to. The routes and the queue know nothing more of it.

A training runs as `python -m <worker>` in a process of its own. It reads one TrainingTask as a line of JSON from stdin,
writes Reports as lines of JSON to stdout, puts the finished weights at `result`, and ends when stdin closes.
engine.training_process is its side of that conversation. Weights are one file or one directory, as the backend likes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel

Settings: TypeAlias = dict[str, int | str | None]


class Course(BaseModel):
    """Hyperparameters with every `auto` resolved."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float


class Wanted(BaseModel):
    """Hyperparameters as asked for; None is `auto`."""

    n_epochs: int | None = None
    batch_size: int | None = None
    learning_rate_multiplier: float | None = None


class TrainingTask(BaseModel):
    """All that a worker needs. `start` is the model to tune, none to begin from nothing.

    With `checkpoints`, the end of each epoch leaves a whole model at `checkpoint(step)` and, at `progress`, what it takes
    to carry on from there. A worker that finds `progress` carries on, and first reports that checkpoint once more, since the
    engine may have died before it heard of it. Everything is written aside and renamed, so that it is complete or absent.
    `settings` are its backend's own.
    """

    training_file: Path
    validation_file: Path | None = None
    start: Path | None
    result: Path
    course: Course
    seed: int
    checkpoints: bool = False
    settings: Settings = {}

    def checkpoint(self, step: int) -> Path:
        """Where the weights after a step belong."""
        return self.result.with_name(f"{self.result.stem}.step-{step}{self.result.suffix}")

    @property
    def progress(self) -> Path:
        """Where an unfinished training keeps what it needs to carry on: a file or a directory of the worker's own."""
        return self.result.with_name(f"{self.result.stem}.progress")


class Report(BaseModel):
    """One line from a worker.

    Metrics carry step, total_steps, train_loss and train_mean_token_accuracy, and with a validation file valid_loss and
    valid_mean_token_accuracy. A checkpoint's are the same, with full_valid_loss and full_valid_mean_token_accuracy.
    `paused` is said instead of `done` by a worker that was asked to pause and has left its `progress`, `refused` by one that
    cannot teach these files to this model: its message tells the client why.
    """

    kind: Literal["message", "metrics", "checkpoint", "paused", "refused", "done"]
    message: str = ""
    level: Literal["info", "warn", "error"] = "info"
    metrics: dict[str, float | int] = {}


@dataclass(frozen=True)
class ChatTurn:
    """One message of a conversation, as plain text."""

    role: str
    text: str


@dataclass(frozen=True)
class Wish:
    """How answers are to be drawn."""

    count: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Answer:
    """An answer in the pieces it was made of; `ended` is false where the token limit cut it."""

    pieces: tuple[str, ...]
    ended: bool


@dataclass(frozen=True)
class Piece:
    """Some more text of the answer with that index; `finish` says why it is the last."""

    index: int
    text: str
    finish: Literal["stop", "length"] | None = None


class Backend(Protocol):
    """A built-in model, its training and its answers. The methods block; callers use threads.

    `extension` ends the names of its weights: ".safetensors" for a file, "" for a directory. `settings` go to its worker.
    """

    base: str
    worker: str
    extension: str
    settings: Settings

    def base_weights(self) -> Path:
        """Where the built-in model's weights are."""
        ...

    def plan(self, examples: int, wanted: Wanted) -> Course:
        """Resolve hyperparameters for a file of that many examples."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, as usage reports them."""
        ...

    def answer(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> list[Answer]:
        """Answer the last message. `weights` is the built-in model's file or a tuned one's."""
        ...


@runtime_checkable
class StreamingBackend(Backend, Protocol):
    """A backend that can tell an answer while it is being made."""

    def stream(self, weights: Path, conversation: Sequence[ChatTurn], wish: Wish) -> Iterator[Piece]:
        """The pieces of `wish.count` answers as they come, each answer's last one with its `finish`.

        Closing the iterator ends the generation.
        """
        ...
