"""The engine's side of a child process (engine.concurrency.channel is the other): started, spoken to, and never left behind."""

import asyncio
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Self, TypeVar

from pydantic import BaseModel, ValidationError

from engine.concurrency.channel import OPENED

MessageT = TypeVar("MessageT", bound=BaseModel)

MAX_LINE_BYTES = 64 * 1024 * 1024
_LAST_WORDS_BYTES = 2000
_LAST_WORDS_SECONDS = 1.0


class ChildError(Exception):
    """A child process ended, or broke the protocol; the text is for the log."""


class ChildProcess:
    """`python -m` some module of ours. What it prints goes to the engine's own stderr."""

    def __init__(self, process: Process, stdin: StreamWriter, stdout: StreamReader, stderr: StreamReader) -> None:
        self._process, self._stdin, self._stdout, self._stderr = process, stdin, stdout, stderr
        self._opened, self._last_words = False, b""
        self._output = asyncio.create_task(self._pass_on())

    @classmethod
    async def start(cls, module: str, *arguments: str) -> Self:
        command = (sys.executable, "-m", module, *arguments)
        start, limit = asyncio.create_subprocess_exec, MAX_LINE_BYTES
        started = await start(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=limit)
        if not (started.stdin and started.stdout and started.stderr):
            raise ChildError("it has no pipes")
        return cls(started, started.stdin, started.stdout, started.stderr)

    def send(self, message: BaseModel) -> None:
        """Tell it something; lost where it is gone."""
        if not self._stdin.is_closing():
            self._stdin.write(message.model_dump_json().encode() + b"\n")

    async def receive(self, kind: type[MessageT]) -> MessageT:
        """Its next message. Raises ChildError where it ends or sends something else."""
        while not self._opened:  # what libraries printed while it started is no message
            line = await self._line()
            self._opened = line == OPENED
        line = await self._line()
        try:
            return kind.model_validate_json(line)
        except ValidationError as error:
            raise ChildError(f"it broke the protocol with {line[:200]!r}") from error

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await asyncio.wait([self._output], timeout=_LAST_WORDS_SECONDS)
        self._output.cancel()

    async def _line(self) -> bytes:
        try:
            line = await self._stdout.readline()
        except ValueError as error:
            raise ChildError(f"it sent a line of more than {MAX_LINE_BYTES} bytes") from error
        if not line.endswith(b"\n"):
            with suppress(TimeoutError):  # killing one that ends by itself could lose its exit code
                async with asyncio.timeout(_LAST_WORDS_SECONDS):
                    await self._process.wait()
            await self.end()
            told = self._last_words.decode(errors="replace").strip().splitlines()
            raise ChildError(told[-1] if told else f"it ended with exit code {self._process.returncode}")
        return line

    async def _pass_on(self) -> None:
        while chunk := await self._stderr.read(4096):
            self._last_words = (self._last_words + chunk)[-_LAST_WORDS_BYTES:]
            with suppress(OSError, ValueError):  # the engine's own stderr is closed; the child must not wait for it
                sys.stderr.write(chunk.decode(errors="replace"))
                sys.stderr.flush()
