"""Work in a process of its own: nobody waits for it, and it leaves nothing in the bot's memory."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

LAST_WORDS_CHARACTERS = 500


class Processes:
    """Runs modules of ours, at most so many at once; the others wait for their turn."""

    def __init__(self, *, at_once: int, timeout_seconds: float, patience_seconds: float | None = None) -> None:
        """`patience_seconds` is how long each waits for its turn, for ever without a number."""
        self._patience_seconds = patience_seconds
        self._turns = asyncio.Semaphore(at_once)
        self._timeout_seconds = timeout_seconds

    async def run(self, module: str, given: bytes) -> bytes:
        """What `python -m module` writes to stdout for what it is given on stdin.

        Raises `RuntimeError` with its last words if it breaks down, `OSError` if it cannot start, `TimeoutError` if it takes too long
        or its turn does not come.
        """
        async with self._turn(), asyncio.timeout(self._timeout_seconds):
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, stdin=pipe, stdout=pipe, stderr=pipe
            )
            try:
                output, errors = await process.communicate(given)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode or not output:
            raise RuntimeError(f"{module} failed: {errors.decode(errors='replace')[-LAST_WORDS_CHARACTERS:]}")
        return output

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        async with asyncio.timeout(self._patience_seconds):
            await self._turns.acquire()
        try:
            yield
        finally:
            self._turns.release()
