"""Trainings as child processes: they end with the engine."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from engine.concurrency.child import ChildProcess
from engine.training.process import reports, training
from engine.training.runner import Assignment
from engine.training.task import Pause, TrainingReport

PAUSE_SECONDS = 20.0


class LocalTraining:
    def __init__(self, child: ChildProcess) -> None:
        self._child = child

    async def reports(self) -> AsyncIterator[TrainingReport]:
        yield TrainingReport(kind="started")
        async for report in reports(self._child):
            yield report

    async def pause(self) -> None:
        """One that has not saved its progress within 20 s is ended, and loses what is since its checkpoint."""
        self._child.send(Pause())
        await asyncio.sleep(PAUSE_SECONDS)
        await self._child.end()


class LocalRunner:
    """engine.training.runner.TrainingRunner on this machine."""

    is_cluster = False

    @asynccontextmanager
    async def training(self, assignment: Assignment) -> AsyncIterator[LocalTraining]:
        async with training(assignment.task) as child:
            yield LocalTraining(child)

    async def sweep(self, unfinished: Mapping[str, str]) -> bool:  # noqa: ARG002 - nothing outlives its context
        return False
