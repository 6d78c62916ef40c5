"""Training processes: started, listened to, and never left behind."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import ValidationError

from engine.backends import Report, TrainingTask

_LINE_LIMIT = 1 << 20
_LAST_WORDS = 2000


class WorkerError(Exception):
    """A training process ended without finishing; the text holds its last words, for the log."""


@asynccontextmanager
async def training(module: str, task: TrainingTask) -> AsyncIterator[AsyncIterator[Report]]:
    """Run a task as `python -m module`; gives its reports as they come. Leaving the context ends the process."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=pipe, limit=_LINE_LIMIT
    )
    complaints = asyncio.create_task(_last_words(process))
    try:
        yield _reports(process, task, complaints)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await complaints


async def _reports(
    process: asyncio.subprocess.Process, task: TrainingTask, complaints: asyncio.Task[str]
) -> AsyncIterator[Report]:
    if process.stdin is None or process.stdout is None:
        raise WorkerError("the process has no pipes")
    process.stdin.write(task.model_dump_json().encode() + b"\n")
    done = False
    async for line in process.stdout:
        try:
            report = Report.model_validate_json(line)
        except ValidationError as error:
            raise WorkerError(f"it said {line[:200]!r}") from error
        done = done or report.kind == "done"
        yield report
    if await process.wait() != 0 or not done:
        raise WorkerError(await complaints or f"exit code {process.returncode}")


async def _last_words(process: asyncio.subprocess.Process) -> str:
    kept = b""
    while process.stderr and (chunk := await process.stderr.read(4096)):
        kept = (kept + chunk)[-_LAST_WORDS:]
    return kept.decode(errors="replace").strip()
