"""Turns for answers by different adapters. llama.cpp batches only answers by the same adapter, and lets those in the first slots go on for as
long as any come: others would wait without end."""

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

POLL_SECONDS = 0.1


class Turns:
    """Lets requests in by the order in which they came: those of one adapter together, the next adapter's once they are done."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[tuple[object, Hashable]] = deque()
        self._adapter: Hashable = None
        self._running = 0

    @contextmanager
    def of(self, adapter: Hashable, is_dropped: Callable[[], bool]) -> Iterator[bool]:
        """Wait for the adapter's turn; false if the request was dropped meanwhile."""
        ticket = (object(), adapter)
        with self._changed:
            self._waiting.append(ticket)
            while not (admitted := self._is_next(ticket)) and not is_dropped():
                self._changed.wait(POLL_SECONDS)
            self._waiting.remove(ticket)
            if admitted:
                self._adapter, self._running = adapter, self._running + 1
            self._changed.notify_all()
        try:
            yield admitted
        finally:
            with self._changed:
                self._running -= admitted
                self._changed.notify_all()

    def _is_next(self, ticket: tuple[object, Hashable]) -> bool:
        return self._waiting[0] is ticket and (self._running == 0 or self._adapter == ticket[1])
