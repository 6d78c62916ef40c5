"""A training's folder on storage that the engine and a worker elsewhere share: the task, the lease, and the reports as numbered lines."""

from pathlib import Path

from pydantic import BaseModel

from engine.storage.files import write_atomically
from engine.training.task import TrainingReport, TrainingTask

LEASE_SECONDS = 900.0


class Lease(BaseModel):
    """Which attempt may work on the task. `beat` changes for as long as an engine follows; a worker that sees none for `seconds` pauses.

    `submitted` is set once the attempt has been handed over, `ended` once nobody may go on with it.
    """

    attempt: int = 1
    beat: int = 0
    seconds: float = LEASE_SECONDS
    submitted: bool = False
    ended: bool = False


class TrainingFolder:
    """The files in it. The engine alone writes task and lease; the worker that holds the lock alone writes reports."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reports, self.lock = path / "reports.jsonl", path / "lock"
        self._task, self._lease = path / "task.json", path / "lease.json"

    def write_task(self, task: TrainingTask) -> None:
        write_atomically(self._task, task.model_dump_json().encode())

    def task(self) -> TrainingTask:
        return TrainingTask.model_validate_json(self._task.read_bytes())

    def write_lease(self, lease: Lease) -> None:
        write_atomically(self._lease, lease.model_dump_json().encode())

    def lease(self) -> Lease | None:
        """None where there is none. Raises OSError where the storage cannot be reached."""
        try:
            return Lease.model_validate_json(self._lease.read_bytes())
        except FileNotFoundError:
            return None


class ReportReader:
    """Reads a training's reports, each once, from behind the one with the number `stored`."""

    def __init__(self, path: Path, stored: int) -> None:
        self._path, self._stored, self._offset = path, stored, 0

    def read(self) -> list[TrainingReport]:
        """What has come since. A line that is not yet whole waits: a worker that died within it is followed by one that cuts it off."""
        found: list[TrainingReport] = []
        try:
            stream = self._path.open("rb")  # anew each time: that is when a network file system looks
        except FileNotFoundError:
            return found
        with stream:
            stream.seek(self._offset)
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                report = TrainingReport.model_validate_json(line)
                if report.number > self._stored:
                    found.append(report)
        return found


def last_report(folder: TrainingFolder) -> TrainingReport | None:
    reports = ReportReader(folder.reports, 0).read()
    return reports[-1] if reports else None


def has_finished(folder: TrainingFolder) -> bool:
    """Whether the training has come to its end, so that nobody need go on with it."""
    last = last_report(folder)
    return last is not None and last.kind in ("done", "refused")
