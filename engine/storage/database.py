"""What `State` asks of a database system; engine/storage/sqlite.py and engine/storage/postgres.py do it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Values: TypeAlias = Mapping[str, object]
Row: TypeAlias = Sequence[Any]
Work: TypeAlias = Callable[[], Awaitable[None]]


class StateError(Exception):
    """The state cannot be used; the text is one line for the operator."""


class DatabaseUnavailableError(Exception):
    """The database does not answer, or is busy for too long. A commit that was under way may have been made or not."""


class DeposedError(DatabaseUnavailableError):
    """This process was elected, but another one has been since: it must not write what only the elected one may."""


@dataclass(frozen=True)
class Dialect:
    """The expressions that systems spell differently, about a row of `documents`.

    `field` is a field's text and `total` the sum of one that is a number, each with `{name}`; `metadata` is true where the document's metadata
    has the pair of the parameters `key{number}` and `value{number}`.
    """

    field: str
    total: str
    metadata: str


class Database(Protocol):
    """Statements have named parameters (`:name`). One caller at a time begins, executes and ends."""

    @property
    def dialect(self) -> Dialect:
        """How it spells what is not the same everywhere."""

    @property
    def is_shared(self) -> bool:
        """Whether several processes use it. If so, anybody may read beside a transaction, and sees what is committed."""

    @property
    def changed_elsewhere(self) -> asyncio.Event:
        """Set while this process is elected and another one may have committed something. Who waits for it clears it."""

    async def begin(self) -> None:
        """Begin a transaction in which nobody else writes, in no process. `roll_back` or `commit` must follow, also if this fails."""

    async def commit(self) -> None:
        """Make what was written last. Raises DatabaseUnavailableError where nobody knows whether that was done."""

    async def roll_back(self) -> None:
        """Take back what was written since `begin`, and nothing where there is nothing."""

    async def execute(self, statement: str, values: Values) -> Sequence[Row]:
        """The rows that a statement finds, in the transaction under way."""

    async def change(self, statement: str, values: Values) -> int:
        """How many rows a statement changes, in the transaction under way."""

    async def read(self, statement: str, values: Values) -> Sequence[Row]:
        """The rows that a statement finds, outside a transaction."""

    async def while_elected(self, work: Work) -> None:
        """Do what only one process may do at a time, whenever it is this one. Ends only with the work, or when it is cancelled."""
