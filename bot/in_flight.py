"""How many requests one member may have under way at once, so that nobody starts hundreds that cost."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from bot.errors import ConflictError
from bot.texts.jokes import TOO_MANY

MAX_PER_MEMBER = 3


class InFlight:
    """Counts requests under way by guild and member."""

    def __init__(self) -> None:
        self._running: Counter[tuple[int, int]] = Counter()
        self._joined: ContextVar[bool] = ContextVar("joined", default=False)

    @contextmanager
    def joined(self, guild_id: int, user_id: int) -> Iterator[None]:
        """Count one request of a member, including all requests made inside. Raises `ConflictError` at the limit."""
        with self.request(guild_id, user_id):
            token = self._joined.set(True)
            try:
                yield
            finally:
                self._joined.reset(token)

    @contextmanager
    def request(self, guild_id: int, user_id: int) -> Iterator[None]:
        """One more of a member's requests. Raises `ConflictError` if there are enough."""
        if self._joined.get():
            yield
            return
        member = (guild_id, user_id)
        if self._running[member] >= MAX_PER_MEMBER:
            raise ConflictError(TOO_MANY, count=MAX_PER_MEMBER)
        self._running[member] += 1
        try:
            yield
        finally:
            self._running[member] -= 1
            if not self._running[member]:
                del self._running[member]
