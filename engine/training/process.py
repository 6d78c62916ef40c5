"""A training process as the engine sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.concurrency.child import ChildProcess
from engine.training.task import Pause, TrainingReport, TrainingTask

_LAST = ("done", "paused", "refused", "disk_full")


class TrainingProcess:
    """A training under way."""

    def __init__(self, child: ChildProcess) -> None:
        """Use `training`."""
        self._child = child

    async def reports(self) -> AsyncIterator[TrainingReport]:
        """What it reports; the last one says how it ended. Raises ChildError where it breaks off."""
        last = ""
        while last not in _LAST:
            report = await self._child.receive(TrainingReport)
            last = report.kind
            yield report

    def pause(self) -> None:
        """Ask it to save its progress and to end."""
        self._child.send(Pause())

    async def end(self) -> None:
        """Kill it if it still runs, and see it gone."""
        await self._child.end()


@asynccontextmanager
async def training(task: TrainingTask) -> AsyncIterator[TrainingProcess]:
    """Work on a task in a process of its own. Leaving the context ends the process."""
    child = await ChildProcess.start("engine.training.worker")
    try:
        child.send(task)
        yield TrainingProcess(child)
    finally:
        await child.end()
