"""The engine's side of a serving process: started, listened to by a thread, started anew where it died."""

import itertools
import queue
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import suppress

from pydantic import ValidationError

from engine.backends.lora.protocol import Ask, Broken, Hello, Ready, Telling

_COMMAND = (sys.executable, "-m", "engine.backends.lora.server")
_DIED = ("server_error", "The process that serves this model ended in the middle of it. Try again.")


class ServingError(Exception):
    """A base that cannot be served; the text is one line for the operator."""


def check_base(reference: str) -> Ready:
    """Open a base's tokenizer in a process of its own, weights aside. Raises ServingError."""
    command = [*_COMMAND, reference, "--check"]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    done = subprocess.run(command, stdin=nothing, stdout=pipe, check=False)  # noqa: S603 - our own
    return _ready(done.stdout, reference)


class ServingProcess:
    """A base in memory. Any number of threads may ask it."""

    def __init__(self, reference: str) -> None:
        """Call `start` before anything else."""
        self._reference = reference
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._tellings: dict[int, queue.SimpleQueue[Telling]] = {}
        self._listener: threading.Thread | None = None
        self._closed = False

    def start(self) -> Ready:
        """Start the process and wait until the base is loaded. Raises ServingError."""
        self._end()
        pipe = subprocess.PIPE
        process = subprocess.Popen([*_COMMAND, self._reference], stdin=pipe, stdout=pipe)  # noqa: S603 - our own
        self._process = process
        ready = _ready(process.stdout.readline() if process.stdout else b"", self._reference)
        self._listener = threading.Thread(target=self._listen, args=(process,), daemon=True)
        self._listener.start()
        return ready

    def ask(self, ask: Ask) -> Generator[Telling, None, None]:
        """The answers as they come. Closing the iterator drops the request."""
        numbered = ask.model_copy(update={"number": next(self._numbers)})
        tellings = self._tellings[numbered.number] = queue.SimpleQueue()
        left, failed = ask.count, False
        try:
            self._say(numbered)
            while left and not failed:
                telling = tellings.get()
                failed = telling.error is not None
                left -= telling.finish is not None
                yield telling
        finally:
            del self._tellings[numbered.number]
            if left and not failed:
                self._say(Ask(number=numbered.number, dropped=True))

    def close(self) -> None:
        """End the process; who still waits for it is told so."""
        with self._lock:
            self._closed = True
            self._end()

    def _end(self) -> None:
        """See the process gone, all that it said heard, and its pipes closed."""
        if self._process is None:
            return
        self._process.kill()
        if self._listener:
            self._listener.join()
        with suppress(OSError), self._process:
            pass

    def _say(self, ask: Ask) -> None:
        with self._lock:
            try:
                if not ask.dropped and not self._closed and (self._process is None or self._process.poll() is not None):
                    self.start()
                if self._process and self._process.stdin:
                    self._process.stdin.write(ask.model_dump_json().encode() + b"\n")
                    self._process.stdin.flush()
            except (OSError, ValueError, ServingError):  # ValueError: its pipe was closed
                self._tell(Telling(number=ask.number, error=_DIED))

    def _listen(self, process: "subprocess.Popen[bytes]") -> None:
        for line in process.stdout or ():
            self._tell(Telling.model_validate_json(line))
        for number in list(self._tellings):
            self._tell(Telling(number=number, error=_DIED))

    def _tell(self, telling: Telling) -> None:
        waiting = self._tellings.get(telling.number)
        if waiting:
            waiting.put(telling)


def _ready(line: bytes, reference: str) -> Ready:
    try:
        first = Hello.model_validate_json(line).first
    except ValidationError as error:
        raise ServingError(f"{reference} could not be loaded; what was printed above says why.") from error
    if isinstance(first, Broken):
        raise ServingError(first.message)
    return first
