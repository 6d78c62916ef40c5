"""Hands work on training files to a process of its own, so that nobody waits for a large one."""

import asyncio
import json
import sys
from dataclasses import asdict

from bot.datasets.worker import Outcome, Task, read_outcome

AT_ONCE = 2
TIMEOUT = 600.0
LAST_WORDS = 500


class Workshop:
    """At most two processes at a time; further tasks wait for their turn."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def do(self, task: Task) -> Outcome:
        """Run a task. Raises `RuntimeError` if its process breaks down, and `TimeoutError` after ten minutes."""
        async with self._turns, asyncio.timeout(TIMEOUT):
            return read_outcome(json.loads(await _answer(json.dumps(asdict(task)).encode())))


async def _answer(sent: bytes) -> bytes:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.datasets.worker", stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        answer, complaint = await process.communicate(sent)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"A training file could not be checked: {complaint.decode(errors='replace')[-LAST_WORDS:]}")
    return answer
