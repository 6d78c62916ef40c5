"""`python -m engine` as a process, for tests of whatever talks to it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.options import DATABASE_VARIABLE
from tests.engine.databases import database_of

ROOT = Path(__file__).parents[2]
OURS = "PUNCHLINE_TESTS"
READY = "Punchline engine ready at "


@dataclass(frozen=True)
class EngineProcess:
    """A running engine, its base url, which ends in /v1, and where it keeps things."""

    process: subprocess.Popen[str]
    url: str
    data_dir: Path


@contextmanager
def running_engine(data_dir: Path, *options: str, with_smollm2: bool = False) -> Iterator[EngineProcess]:
    """Start an engine on a free port, wait for its ready line, and end it at the end. Most tests need no language model."""
    options = options if with_smollm2 else ("--no-smollm2", *options)
    command = [sys.executable, "-m", "engine", "--port", "0", "--data-dir", str(data_dir), *options]
    environment = {**os.environ, OURS: str(os.getpid()), DATABASE_VARIABLE: database_of(data_dir)}
    complaints = data_dir.with_suffix(".stderr")
    with (
        complaints.open("a") as errors,
        subprocess.Popen(  # noqa: S603 - our own
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            line = process.stdout.readline() if process.stdout else ""
            assert line.startswith(READY), complaints.read_text()
            yield EngineProcess(process, line.removeprefix(READY).strip(), data_dir)
        finally:
            process.terminate()
            process.wait(timeout=20)


def child_of(engine: EngineProcess, module: str) -> int:
    """The process id of the engine's child that runs a module with this in its name."""
    children = Path(f"/proc/{engine.process.pid}/task/{engine.process.pid}/children").read_text().split()
    return next(int(child) for child in children if module in Path(f"/proc/{child}/cmdline").read_text())
