"""What a training process is given, and what it reports.

It reads one TrainingTask as a line of JSON from stdin, writes Reports as lines of JSON to stdout, puts the finished weights at
`result`, and ends when stdin closes.
"""

from pathlib import Path
from typing import Literal, TypeAlias

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
