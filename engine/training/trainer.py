"""What a backend must offer so that the worker can train its models."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeAlias

from engine.training.task import Metrics, TrainingTask


class RefusedError(Exception):
    """A training that cannot be. The text is for the client."""

    def __init__(self, message: str, code: str = "invalid_training_file", param: str | None = "training_file") -> None:
        """`code` and `param` become the job's `error.code` and `error.param`."""
        super().__init__(message)
        self.message, self.code, self.param = message, code, param


class Trainer(Protocol):
    """A training in memory. The same task takes the same steps, also with a break between two of them."""

    taken: int
    total: int

    @property
    def at_epoch_end(self) -> bool:
        """Whether the last step was the last of an epoch."""

    def step(self) -> Metrics:
        """Take one step. The measurements of its batch, `loss` (in nats) among them."""

    def evaluate(self, *, full: bool) -> Metrics:
        """The same measurements over held-out examples, all or the first few. Empty where there are none."""

    def save(self, path: Path, checkpoint: Metrics) -> None:
        """Write all that `restore` needs, and the metrics of the last checkpoint beside it."""

    def restore(self, path: Path) -> Metrics:
        """Carry on from what `save` wrote, and return those metrics. Raises any Exception where that is not possible."""

    def write_model(self, path: Path) -> None:
        """Write the model as it is now."""


Warn: TypeAlias = Callable[[str], None]
# A trainer's module has a function `load` of this type. It raises RefusedError; what only deserves a warning goes to Warn.
LoadTrainer: TypeAlias = Callable[[TrainingTask, Warn], Trainer]
