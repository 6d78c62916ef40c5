"""Leaves a model server alone that keeps failing, and tries it again from time to time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.backoff import backoff
from bot.clock import Clock
from bot.errors import (
    CircuitOpenError,
    ModelServerError,
    ServerBusyError,
    ServerFailedError,
    ServerNonsenseError,
    ServerUnreachableError,
    UnreadableAnswerError,
)
from bot.texts import server as texts
from bot.texts.formatting import Moment

log = logging.getLogger(__name__)

# So many failures in a row, over at least so long: one text that breaks a server fails a few times within a moment.
FAILURES, LEAST = 5, timedelta(seconds=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=1)
NO_CREDIT = "insufficient_quota"
FAILING = (ServerUnreachableError, ServerBusyError, ServerFailedError, ServerNonsenseError)


class CircuitBreaker:
    """Counts failures in a row. While it is open, one request after each pause goes through, and the first answer closes it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._pauses = 0
        self._since: datetime | None = None
        self._retry_at: datetime | None = None

    @property
    def open_since(self) -> datetime | None:
        """When the server began to fail, while requests are held back."""
        return self._since if self._retry_at else None

    @contextmanager
    def passing(self) -> Iterator[None]:
        """A request goes through. Raises `CircuitOpenError` if it is not the one that tries again."""
        self._hold_back()
        try:
            yield
        except ModelServerError as error:
            if _is_failure(error):
                self._count(error)
            else:
                self._close()
            raise
        self._close()

    def _hold_back(self) -> None:
        if self._retry_at is None or self._since is None:
            return
        if self._clock() < self._retry_at:
            since, when = Moment(self._since, "t"), Moment(self._retry_at, "R")
            raise CircuitOpenError(texts.KEEPS_FAILING, since=since, when=when)
        self._pause()  # for all but this one

    def _count(self, error: ModelServerError) -> None:
        now = self._clock()
        self._since = self._since or now
        self._failures += 1
        if self._retry_at is None and self._failures >= FAILURES and now - self._since >= LEAST:
            log.warning("The model server keeps failing: %s Requests are held back.", error)
            self._pause()

    def _pause(self) -> None:
        self._pauses += 1
        self._retry_at = self._clock() + backoff(self._pauses, FIRST_PAUSE, LONGEST_PAUSE)

    def _close(self) -> None:
        if self._retry_at is not None:
            log.info("The model server answers again.")
        self._failures, self._pauses = 0, 0
        self._since = self._retry_at = None


def _is_failure(error: ModelServerError) -> bool:
    """A refusal is an answer, and so is one that has nothing to show. A pause does not bring credit."""
    answered = isinstance(error, UnreadableAnswerError) or error.code == NO_CREDIT
    return isinstance(error, FAILING) and not answered
