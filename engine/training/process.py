"""Training processes: started, listened to, and never left behind."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from pydantic import ValidationError

from engine.concurrency.channel import PAUSE
from engine.training.task import Report, TrainingTask

_LINE_LIMIT = 1 << 20
_LAST_WORDS = 2000


class WorkerError(Exception):
    """A training process ended without finishing; the text holds its last words, for the log."""


class TrainingProcess:
    """A training under way. Iterating gives its reports and raises WorkerError where it ends without finishing."""

    def __init__(self, process: asyncio.subprocess.Process, task: TrainingTask) -> None:
        """Use `training`."""
        self._process, self._task = process, task
        self._complaints = asyncio.create_task(_last_words(process))

    async def reports(self) -> AsyncIterator[Report]:
        """Give it its task, and all that it says until it ends."""
        if self._process.stdout is None:
            raise WorkerError("the process has no pipes")
        self._say(self._task.model_dump_json().encode())
        ended = False
        async for line in self._process.stdout:
            try:
                report = Report.model_validate_json(line)
            except ValidationError as error:
                raise WorkerError(f"it said {line[:200]!r}") from error
            ended = ended or report.kind in ("done", "paused")
            yield report
        if await self._process.wait() != 0 or not ended:
            raise WorkerError(await self._complaints or f"exit code {self._process.returncode}")

    def ask_to_pause(self) -> None:
        """Ask it to leave its progress and end, with a report that says `paused`."""
        self._say(PAUSE)

    async def end(self) -> None:
        """Kill it if it still runs, and see it gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._complaints

    def _say(self, line: bytes) -> None:
        if self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(line + b"\n")


@asynccontextmanager
async def training(module: str, task: TrainingTask) -> AsyncIterator[TrainingProcess]:
    """Run a task as `python -m module`. Leaving the context ends the process."""
    pipe = asyncio.subprocess.PIPE
    process = TrainingProcess(
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=pipe, limit=_LINE_LIMIT
        ),
        task,
    )
    try:
        yield process
    finally:
        await process.end()


async def _last_words(process: asyncio.subprocess.Process) -> str:
    kept = b""
    while process.stderr and (chunk := await process.stderr.read(4096)):
        kept = (kept + chunk)[-_LAST_WORDS:]
    return kept.decode(errors="replace").strip()
