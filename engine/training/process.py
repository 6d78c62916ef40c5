"""A training process as the engine sees it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.concurrency.child import ChildProcess
from engine.training.task import ENDINGS, TrainingReport, TrainingTask


@asynccontextmanager
async def training(task: TrainingTask) -> AsyncIterator[ChildProcess]:
    """Work on a task in a process of its own. Leaving the context ends the process."""
    child = await ChildProcess.start("engine.training.worker")
    try:
        child.send(task)
        yield child
    finally:
        await child.end()


async def reports(child: ChildProcess) -> AsyncIterator[TrainingReport]:
    """What a training reports; the last one says how it ended. Raises ChildError where it breaks off."""
    last = ""
    while last not in ENDINGS:
        report = await child.receive(TrainingReport)
        last = report.kind
        yield report
