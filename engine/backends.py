"""What a kind of model must offer to be trained and talked to. The routes and the queue know nothing more of it.

A training runs as `python -m <worker>` in a process of its own. It reads one TrainingTask as a line of JSON from stdin,
writes Reports as lines of JSON to stdout, puts the finished weights at `result`, and ends when stdin closes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel


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
    """All that a worker needs. `start` is the model to tune, none to begin from nothing."""

    training_file: Path
    start: Path | None
    result: Path
    course: Course
    seed: int


class Report(BaseModel):
    """One line from a worker. Metrics carry step, total_steps, train_loss and train_mean_token_accuracy."""

    kind: Literal["message", "metrics", "done"]
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


class Backend(Protocol):
    """A built-in model, its training and its answers. The methods block; callers use threads."""

    base: str
    worker: str

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
