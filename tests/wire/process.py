"""A program of this project as a process of its own: its log lines can be awaited, its memory read, its life taken."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Coroutine, Mapping
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[2]
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Process:
    """`async with Process("bot", env, cwd=tmp_path) as bot`: runs `python -m bot`, and ends it at the latest at the exit.

    Only a few harmless variables are inherited. Give it an empty `cwd`, so that no `.env` of the user's is read.
    """

    def __init__(self, module: str, env: Mapping[str, str], *arguments: str, cwd: Path | None = None) -> None:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._env = {**inherited, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **env}
        self._command = (sys.executable, "-m", module, *arguments)
        self._cwd = cwd or ROOT
        self.lines: list[str] = []
        self.started_at = 0.0
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self.started_at = perf_counter()
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._cwd,
            env=self._env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**20,
        )
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def running(self) -> bool:
        return self._process.returncode is None

    async def line(self, pattern: str, timeout: float = 60.0) -> re.Match[str]:  # noqa: ASYNC109 - one place for it
        """The first line, already written or still to come, in which the pattern is found."""
        seen = 0
        async with asyncio.timeout(timeout), self._news:
            while True:
                for text in self.lines[seen:]:
                    if (match := re.search(pattern, text)) is not None:
                        return match
                seen = len(self.lines)
                if self._reader.done():
                    raise EOFError(f"{self._command[2:]} ended without {pattern!r}:\n{self.output}")
                await self._news.wait()

    async def bringing(self, awaited: Coroutine[Any, Any, T]) -> T:
        """Await what this process has to bring about; fails with its output where it ends, or takes too long."""
        waiting = asyncio.create_task(awaited)
        await asyncio.wait({waiting, self._reader}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            raise EOFError(f"{self._command[2:]} ended too early:\n{self.output}")
        try:
            return waiting.result()
        except TimeoutError as late:
            raise TimeoutError(f"{self._command[2:]} took too long:\n{self.output}") from late

    async def ended(self, timeout: float = 60.0) -> int:  # noqa: ASYNC109 - one place for it
        """Wait until it ends by itself; returns its exit status, all its output read.

        Raises `TimeoutError`, with what it wrote, where it does not end. It can be waited for again then, and killed.
        """
        try:
            async with asyncio.timeout(timeout):
                await asyncio.shield(self._reader)
                return await self._process.wait()
        except TimeoutError as late:
            raise TimeoutError(f"{self._command[2:]} does not end:\n{self.output}") from late

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.running:
            self._process.send_signal(number)

    async def stop(self, timeout: float = 30.0) -> int:  # noqa: ASYNC109 - one place for it
        """Ask it to end (SIGTERM), kill it where it does not; returns its exit status."""
        self.signal(signal.SIGTERM)
        try:
            return await self.ended(timeout)
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """End it as a power cut would (SIGKILL)."""
        if self.running:
            self._process.kill()
        return await self.ended()

    def resident_mib(self) -> float:
        """Memory that it holds now (RSS), in MiB; Linux only."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert found is not None, "the process has ended"
        return int(found[1]) / 1024

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for raw in self._process.stdout:
            await self._tell(raw.decode(errors="replace").rstrip("\n"))
        async with self._news:
            self._news.notify_all()

    async def _tell(self, text: str) -> None:
        async with self._news:
            self.lines.append(text)
            self._news.notify_all()
