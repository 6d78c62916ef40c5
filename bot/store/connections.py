"""What `Database` asks of a database system; `bot/store/sqlite.py` and `bot/store/postgres.py` do it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

Params = Mapping[str, object]

# Discord gives three seconds to acknowledge a command. Who answers one gives up before, waiting for other writers or for another
# process; once it is acknowledged there is more time, and work in the background has most.
TURN_SECONDS, ACKNOWLEDGED_TURN_SECONDS, BACKGROUND_TURN_SECONDS, BUSY_MILLISECONDS = 2.0, 20.0, 60.0, 500
turn_seconds: ContextVar[float] = ContextVar("turn_seconds", default=TURN_SECONDS)
# Whether Discord still waits for the acknowledgement of what the current task answers: such a writer goes before all others.
goes_first: ContextVar[bool] = ContextVar("goes_first", default=False)


def hurry(*, acknowledged: bool) -> None:
    """Say whether Discord has the acknowledgement of what the current task answers."""
    goes_first.set(not acknowledged)
    turn_seconds.set(ACKNOWLEDGED_TURN_SECONDS if acknowledged else TURN_SECONDS)


class Row(Protocol):
    """A row's values by the names of their columns, or by their places. Iterating gives values; `dict(row)` has them by name."""

    def __getitem__(self, key: int | str, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...

    def keys(self) -> Iterable[str]:
        """The names of the columns."""


@dataclass(frozen=True)
class State:
    """The version of the schema, the size, what the system calls itself, and what is damaged, as far as it can tell."""

    version: int
    bytes: int
    system: str
    damage: str | None


class Connections(Protocol):
    """Reads go to one connection and writes to another, so that readers see what is committed.

    Statements have named parameters (`:name`). One caller at a time begins, executes and ends; anybody reads meanwhile. Whatever
    waits too long, or finds no connection, raises `DatabaseBusyError`.
    """

    @property
    def is_gone(self) -> bool:
        """Whether the system cannot be reached right now, as far as is known."""

    async def ready(self) -> None:
        """Wait for a system that cannot be reached right now."""

    async def begin(self) -> None:
        """Begin a transaction in which nobody else writes, in no process. `roll_back` or `commit` must follow, also if this fails."""

    async def commit(self) -> None:
        """Make what was written last."""

    async def roll_back(self) -> None:
        """Take back what was written since `begin`, and nothing where there is nothing; also if the task is cancelled meanwhile."""

    async def execute(self, sql: str, params: Params) -> Sequence[Row]:
        """Run a statement in the transaction. Without one it commits itself."""

    async def execute_each(self, statements: Sequence[tuple[str, Params]]) -> Sequence[Sequence[Row] | Exception]:
        """Run statements of different callers outside of a transaction: each one's rows, or what it raised. The others are not affected
        by one that fails."""

    async def change(self, sql: str, params: Params) -> int:
        """Run a statement in the transaction; returns how many rows it changed, without those that went with them."""

    async def read(self, sql: str, params: Params) -> Sequence[Row]:
        """Read what is committed."""

    async def read_long(self, sql: str, params: Params) -> Sequence[Row]:
        """The same for what takes seconds; no other reader waits for it."""

    async def tell(self, topics: Sequence[str]) -> None:
        """Let the processes that listen know; in a transaction, once it is committed."""

    def listening(self, heard: Callable[[str | None], None]) -> AbstractAsyncContextManager[None]:
        """Until left, call `heard` with each topic that another process tells of; with None where some may have been missed."""

    async def rewrite(self) -> bool:
        """Write everything anew, without what was deleted; False if somebody was in the way."""

    async def state(self) -> State:
        """How things stand. It may take seconds."""

    async def defer_references(self) -> None:
        """In the transaction under way, look at references between tables only at its end."""

    async def last_numbers(self) -> Mapping[str, int]:
        """The number that was given last, for each table that numbers its rows and has given any."""

    async def continue_after(self, numbers: Mapping[str, int]) -> None:
        """Number the next rows of these tables from there."""
