"""`python -m engine` as a process of its own; the playground meets it over HTTP alone."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA_DIR = ROOT / "data" / "engine"
READY = "Punchline engine ready at "
STOP_SECONDS = 15.0
CHUNK = 4096

Tell = Callable[[str], None]


class EngineError(Exception):
    """The engine did not start; the text says why, in its own words."""


@asynccontextmanager
async def running_engine(data_dir: Path, tell: Tell) -> AsyncIterator[str]:
    """Start an engine on a free port and end it at the exit; yields its address, which ends in /v1.

    `tell` gets what it says until it is ready (the training of its practice model at the first start); afterwards all of
    that goes to engine.log in `data_dir`. Raises `EngineError` where it does not start.
    """
    folder = await asyncio.to_thread(_made, data_dir)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "engine", "--port", "0", "--data-dir", str(folder)),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    words = _Words(folder / "engine.log", tell)
    listening = asyncio.create_task(words.take(process.stderr))
    try:
        yield await _address(process, listening, words)
    finally:
        await _stop(process)
        await listening


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


class _Words:
    """What the engine says on stderr: told until it is ready, and kept in its log throughout."""

    def __init__(self, log: Path, tell: Tell) -> None:
        self._log = log
        self._tell = tell
        self.told: list[str] = []
        self.ready = False

    async def take(self, stream: asyncio.StreamReader | None) -> None:
        rest = b""
        while stream and (chunk := await stream.read(CHUNK)):
            *lines, rest = re.split(rb"[\r\n]+", rest + chunk)
            for line in lines:
                self._say(line.decode(errors="replace").rstrip())
        self._say(rest.decode(errors="replace").rstrip())

    def _say(self, line: str) -> None:
        if not line:
            return
        if not self.ready:
            self.told.append(line)
            self._tell(line)
        with self._log.open("a", encoding="utf-8") as log:
            log.write(line + "\n")


async def _address(process: asyncio.subprocess.Process, listening: asyncio.Task[None], words: _Words) -> str:
    line = (await process.stdout.readline()).decode() if process.stdout else ""
    if not line.startswith(READY):
        await _stop(process)
        await listening
        raise EngineError("\n".join(words.told[-5:]) or "The engine ended without a word.")
    words.ready = True
    return line.removeprefix(READY).strip()


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
