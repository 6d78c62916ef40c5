"""A training process's side of the conversation with the engine that started it (engine.training.process is the other side)."""

import os
import sys
import threading

from engine.training.task import Report, TrainingTask

PAUSE = b"pause"
_NICENESS = 10


class Starter:
    """Who started this process: gives it its task, may ask it to pause, and takes it along when it dies."""

    def __init__(self) -> None:
        """Read the task from stdin, and listen on from there. Chat goes first where cores are scarce."""
        if sys.platform != "win32":
            os.nice(_NICENESS)
        self._pause = threading.Event()
        line, _, rest = _read_line().partition(b"\n")
        self.task = TrainingTask.model_validate_json(line)
        threading.Thread(target=self._listen, args=(rest,), daemon=True).start()

    @property
    def wants_pause(self) -> bool:
        """Whether to leave `task.progress`, report `paused` and end."""
        return self._pause.is_set()

    def _listen(self, heard: bytes) -> None:
        """The engine holds stdin open; when it is gone, even killed, this process has no reason to go on."""
        while True:
            if PAUSE in heard:
                self._pause.set()
            chunk = os.read(sys.stdin.fileno(), 1024)
            if not chunk:
                os._exit(1)
            heard = heard[-len(PAUSE) :] + chunk


def say(report: Report) -> None:
    """Tell the engine."""
    sys.stdout.write(report.model_dump_json() + "\n")
    sys.stdout.flush()


def _read_line() -> bytes:
    """Past Python's own buffer, which would keep what follows from the listening thread."""
    line = b""
    while b"\n" not in line and (chunk := os.read(sys.stdin.fileno(), 65536)):
        line += chunk
    return line
