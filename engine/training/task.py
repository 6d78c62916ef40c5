"""What a training process is given, and what it reports: the messages between the engine and its worker."""

from pathlib import Path
from typing import Literal, TypeAlias

from pydantic import BaseModel

from engine.protocol.methods import MethodName

Settings: TypeAlias = dict[str, int | str | None]
Metrics: TypeAlias = dict[str, float | int]

DEFAULT_BETA = 0.1
ENDINGS = ("done", "paused", "refused", "disk_full")  # the kinds of a last report


class Hyperparameters(BaseModel):
    """Hyperparameters with every `auto` resolved. `beta` is DPO's alone."""

    n_epochs: int
    batch_size: int
    learning_rate_multiplier: float
    beta: float | None = None


class ChosenHyperparameters(BaseModel):
    """Hyperparameters as a client chose them; None is `auto`."""

    n_epochs: int | None = None
    batch_size: int | None = None
    learning_rate_multiplier: float | None = None
    beta: float | None = None


class TrainingTask(BaseModel):
    """All that a worker needs.

    `trainer` is the module whose `load` makes the trainer, `settings` are its backend's own. The files are of the method's kind
    (engine.training.training_file, or preference_file for DPO). `start` is the model to tune, none to
    begin from nothing. With `checkpoints`, the end of each epoch leaves a whole model at `checkpoint(step)` and, at `progress`, the
    state to carry on from. Weights are one file or one directory, written aside and renamed, so that they are complete or absent.
    """

    trainer: str
    method: MethodName = "supervised"
    training_file: Path
    validation_file: Path | None = None
    start: Path | None = None
    result: Path
    hyperparameters: Hyperparameters
    seed: int
    checkpoints: bool = False
    settings: Settings = {}

    def checkpoint(self, step: int) -> Path:
        return self.result.with_name(f"{self.result.stem}.step-{step}{self.result.suffix}")

    @property
    def progress(self) -> Path:
        """Where an unfinished training keeps its state: a file or a directory of the trainer's own."""
        return self.result.with_name(f"{self.result.stem}.progress")


class Pause(BaseModel):
    """Asks the worker to save its progress and to end; it then reports `paused` instead of `done`."""

    kind: Literal["pause"] = "pause"


class TrainingReport(BaseModel):
    """One line from a worker.

    Metrics carry `step`, `total_steps` and what the trainer measured, with the prefix `train_`, `valid_` or, at checkpoints,
    `full_valid_`. `refused` means that these files or this model cannot be trained on: `message`, `code` and `param` go to the
    client. `disk_full` means that the training can go on from its progress once there is room. A worker that carries on from
    `progress` first reports that checkpoint again, since the engine may have died before it heard of it.

    Where reports lie in a file, `number` counts them from 1, and `attempt` is the one that wrote it (engine.training.folder). `started`
    comes before all others of an attempt.
    """

    kind: Literal["started", "message", "metrics", "checkpoint", "paused", "refused", "disk_full", "done"]
    number: int = 0
    attempt: int = 0
    message: str = ""
    level: Literal["info", "warn", "error"] = "info"
    code: str = ""
    param: str | None = None
    metrics: Metrics = {}
