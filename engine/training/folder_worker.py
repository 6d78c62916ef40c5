"""A worker's side of a training's folder: its lock, its lease, and the reports that it appends."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.training.folder import Lease, TrainingFolder, has_finished
from engine.training.task import TrainingReport
from engine.training.worker import Report, work

LOOK_SECONDS = 1.0
NO_ROOM = 75  # the exit code of a worker that could not even write its last report; EX_TEMPFAIL


def work_in(folder: TrainingFolder, attempt: int, asked: threading.Event, pause: threading.Event) -> None:
    """Work on a folder's task once no other worker does. The reports end with `paused` only where that was `asked` for.

    Who sets `asked` sets `pause`, too. An attempt that loses its lease saves its progress as well, but says nothing.
    """
    LeaseWatch(folder, attempt).start(pause)
    with locked(folder, pause) as is_mine:
        if is_mine and not has_finished(folder):
            report_in(folder, attempt, asked, lambda report: work(folder.task(), report, pause))


def report_in(folder: TrainingFolder, attempt: int, asked: threading.Event, working: Callable[[Report], None]) -> None:
    """Let work on a locked folder report into its file."""
    with ReportWriter(folder.reports, attempt) as writer:

        def report(given: TrainingReport) -> None:
            if given.kind != "paused" or asked.is_set():
                writer.write(given)

        report(TrainingReport(kind="started"))
        working(report)


@contextmanager
def locked(folder: TrainingFolder, pause: threading.Event) -> Iterator[bool]:
    """Be the only worker on a folder, also among machines. Waits for the one before; false where `pause` came first."""
    if sys.platform == "win32":
        raise OSError("A training's folder can be locked on Linux and macOS only.")
    import fcntl  # noqa: PLC0415 - not there on Windows

    with folder.lock.open("ab") as stream:
        while not pause.is_set():
            try:
                fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError):
                pause.wait(LOOK_SECONDS)
            else:
                break
        yield not pause.is_set()


class LeaseWatch:
    """Whether an attempt may still work. What counts is this process's own clock: those of two machines may differ."""

    def __init__(self, folder: TrainingFolder, attempt: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._attempt, self._clock = folder, attempt, clock
        self._seen, self._changed_at = Lease(), clock()

    def is_lost(self) -> bool:
        """Whether another attempt has the lease, nobody may have it, or no engine has renewed it for too long."""
        try:
            lease = self._folder.lease()
        except OSError:  # the storage is out of reach for now: as if nobody renewed it
            lease = self._seen
        if lease is None or lease.ended or lease.attempt != self._attempt:
            return True
        if lease.beat != self._seen.beat:
            self._changed_at = self._clock()
        self._seen = lease
        return self._clock() - self._changed_at > lease.seconds

    def start(self, pause: threading.Event) -> None:
        """Look every second, in a thread, and set `pause` once it is lost."""

        def look() -> None:
            while not pause.wait(LOOK_SECONDS):
                if self.is_lost():
                    pause.set()

        threading.Thread(target=look, daemon=True).start()


class ReportWriter:
    """Appends an attempt's reports; what an earlier one reported is not said again. The folder must be locked."""

    def __init__(self, path: Path, attempt: int) -> None:
        self._attempt, self._number = attempt, 0
        self._told: set[tuple[str, float]] = set()
        self._stream = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._size = self._read_earlier()
        self._stream.seek(self._size)
        self._stream.truncate()  # what a worker was writing when it died

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stream.close()

    def write(self, report: TrainingReport) -> None:
        """Settled on disk when it returns. Raises OSError, and leaves nothing of it, where there is no room."""
        mark = self._mark(report)
        if mark in self._told:
            return
        numbered = report.model_copy(update={"number": self._number + 1, "attempt": self._attempt})
        line = numbered.model_dump_json().encode() + b"\n"
        try:
            written = self._stream.write(line)
            if written < len(line):
                written += self._stream.write(line[written:])
            os.fsync(self._stream.fileno())
        except OSError:
            self._stream.seek(self._size)
            self._stream.truncate()
            raise
        self._size += len(line)
        self._number += 1
        self._remember(mark)

    def _read_earlier(self) -> int:
        whole = 0
        for line in self._stream.read().splitlines(keepends=True):
            if line.endswith(b"\n"):
                whole += len(line)
                report = TrainingReport.model_validate_json(line)
                self._number = report.number
                self._remember(self._mark(report, report.attempt))
        return whole

    def _mark(self, report: TrainingReport, attempt: int = 0) -> tuple[str, float]:
        """What makes two reports the same. Steps are the same steps, however often they are taken; a start belongs to its attempt."""
        if report.kind == "started":
            return report.kind, attempt or self._attempt
        return report.kind, float(report.metrics.get("step", -1))

    def _remember(self, mark: tuple[str, float]) -> None:
        if mark[1] >= 0:
            self._told.add(mark)
