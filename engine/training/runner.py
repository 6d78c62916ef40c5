"""Where trainings run: what the queue asks of a runner, be it this machine or a cluster."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from engine.training.task import TrainingReport, TrainingTask


@dataclass(frozen=True)
class Assignment:
    """A job's task, the base that it tunes, how many workers share each step, and the number of the last report that is stored."""

    job_id: str
    base: str
    task: TrainingTask
    workers: int = 1
    stored: int = 0


class Training(Protocol):
    """A training under way."""

    def reports(self) -> AsyncIterator[TrainingReport]:
        """What it reports beyond what is stored; `started` comes first, the last one says how it ended.

        Raises ChildError where it breaks off.
        """

    async def pause(self) -> None:
        """Let it save its progress and end. The reports end with `paused`, or with ChildError where it was too slow."""


class TrainingRunner(Protocol):
    """Starts trainings, and finds those again that outlive the engine."""

    @property
    def is_cluster(self) -> bool:
        """Whether trainings run elsewhere: they go on while no engine runs, and several workers can share one. If not, leaving the context ends it."""

    def training(self, assignment: Assignment) -> AbstractAsyncContextManager[Training]:
        """Start a job's training, or find the one that is under way."""

    async def sweep(self, unfinished: Mapping[str, str]) -> bool:
        """End the trainings of all but these jobs, given with their statuses, and of those that are paused. Whether some still are to end."""
