"""A child process's side of its conversation with the engine (engine.concurrency.child is the other): lines of JSON."""

import os
import threading
from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

MessageT = TypeVar("MessageT", bound=BaseModel)
# Ends whatever was printed before the channel was opened. From here on every line is a message.
OPENED = b"channel opened\n"


class Channel:
    """The line to the engine, on descriptors of its own. Open it before anything else, once a process.

    Whatever still writes to stdout then, a library or a process started from here, writes to stderr: the engine's log.
    """

    def __init__(self) -> None:
        self._incoming, self._outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        self._lock = threading.Lock()
        self._write(b"\n" + OPENED)

    def send(self, message: BaseModel) -> None:
        """Tell the engine; any thread may."""
        self._write(message.model_dump_json().encode() + b"\n")

    def receive(self, kind: type[MessageT]) -> MessageT:
        return kind.model_validate_json(self._incoming.readline())

    def listen(self, kind: type[MessageT], hear: Callable[[MessageT], None]) -> threading.Thread:
        """Hand all further messages to `hear`, in the thread. This process ends when the engine is gone, even killed."""

        def read() -> None:
            try:
                for line in self._incoming:
                    hear(kind.model_validate_json(line))
            finally:
                os._exit(1)

        listener = threading.Thread(target=read, daemon=True)
        listener.start()
        return listener

    def _write(self, line: bytes) -> None:
        with self._lock:
            self._outgoing.write(line)
            self._outgoing.flush()
