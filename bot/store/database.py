"""The database: read from anywhere, written in one transaction at a time. SQLite or PostgreSQL is below it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import coroutine
from typing import Any

from bot.database_url import Place
from bot.errors import DatabaseBusyError, StartupError
from bot.store import sqlite
from bot.store.connections import (
    BACKGROUND_TURN_SECONDS,
    TURN_SECONDS,
    Connections,
    Params,
    Row,
    State,
    goes_first,
    hurry,
    turn_seconds,
)
from bot.texts.common import DATABASE_BUSY
from bot.texts.startup import NO_POSTGRES_PACKAGE

__all__ = [
    "BACKGROUND_TURN_SECONDS",
    "Connections",
    "Database",
    "Params",
    "Row",
    "State",
    "goes_first",
    "hurry",
    "turn_seconds",
]

log = logging.getLogger(__name__)

MOST_TOGETHER = 64  # statements in one commit


@coroutine
def _step() -> Iterator[None]:
    """Let every task that is ready go on once."""
    yield


@dataclass(frozen=True, eq=False)
class _Statement:
    """One that commits itself, and the place for what it returns."""

    sql: str
    params: Params
    rows: asyncio.Future[Sequence[Row]]


class Database:
    """Readers see what is committed; a writer holds the only lock from BEGIN to COMMIT.

    Inside `transaction()` the task's own reads and writes go through the writing connection, and a nested `transaction()`
    joins the outer one. Never await the network inside. A writer whose turn does not come gets `DatabaseBusyError`.
    """

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self._lock = asyncio.Lock()
        self._line = asyncio.Lock()  # only the first of the others waits for the lock beside those who go first
        self._owner: asyncio.Task[object] | None = None
        self._waiting: dict[_Statement, None] = {}  # for a turn, in their order
        self._running: set[asyncio.Task[None]] = set()
        self._subscribers: defaultdict[str, list[asyncio.Event]] = defaultdict(list)
        self._announced: set[str] = set()  # in the transaction under way
        self._is_shared = False
        self._telling: set[asyncio.Task[None]] = set()

    def subscribe(self, *topics: str) -> asyncio.Event:
        """An event that is set after every commit in which one of the topics was announced. The subscriber clears it."""
        event = asyncio.Event()
        for topic in topics:
            self._subscribers[topic].append(event)
        return event

    def announce(self, topic: str) -> None:
        """Wake the topic's subscribers: once the transaction has been committed, or at once where there is none."""
        if self.in_transaction:
            self._announced.add(topic)
        else:
            self.wake(topic)
            self.announce_elsewhere(topic)

    def announce_elsewhere(self, topic: str) -> None:
        """Wake the topic's subscribers in other processes alone, soon. Call it once what they are to see is committed."""
        if self._is_shared:
            telling = asyncio.create_task(self._tell_soon(topic))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell_soon(self, topic: str) -> None:
        try:
            await self.connections.tell((topic,))
        except DatabaseBusyError:
            log.warning("Other processes were not told of “%s”. They see it when they look themselves.", topic)

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[None]:
        """Until left, what is announced in one of the processes that do this wakes the subscribers in all of them."""
        async with self.connections.listening(self._hear):
            self._is_shared = True
            try:
                yield
            finally:
                self._is_shared = False
                await asyncio.gather(*self._telling)

    def _hear(self, topic: str | None) -> None:
        """Another process announced it, or None: nobody knows what was announced meanwhile."""
        for one in list(self._subscribers) if topic is None else [topic]:
            self.wake(one)

    def wake(self, topic: str) -> None:
        """Wake the topic's subscribers in this process alone, at once."""
        for event in self._subscribers[topic]:
            event.set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Commit everything written inside, or nothing."""
        if self.in_transaction:
            yield
            return
        async with AsyncExitStack() as turn:
            await self._begin(turn)
            self._owner = asyncio.current_task()
            self._announced.clear()
            committed = False
            try:
                yield
                if self._is_shared and self._announced:
                    await self.connections.tell(sorted(self._announced))
                await self.connections.commit()
                committed = True
            finally:
                self._owner = None
                if not committed:
                    await self.connections.roll_back()
            for topic in self._announced:
                self.wake(topic)

    async def _begin(self, turn: AsyncExitStack) -> None:
        """Begin in a turn; whoever has the time, once more where the system has just gone away, and comes back."""
        for is_last in (turn_seconds.get() <= TURN_SECONDS, True):
            await turn.enter_async_context(self._turn())
            try:
                await self._begin_or_roll_back()
            except DatabaseBusyError:
                if is_last or not self.connections.is_gone:
                    raise
                await turn.aclose()  # others have it meanwhile
            else:
                return

    async def _begin_or_roll_back(self) -> None:
        begun = False
        try:
            await self.connections.begin()
            begun = True
        finally:
            if not begun:
                await self.connections.roll_back()

    async def write(self, sql: str, params: Params | None = None) -> Row | None:
        """Run one statement, in a transaction of its own unless there is one; returns the first row of a RETURNING."""
        if self.in_transaction:
            return await self._execute(sql, params)
        statement = _Statement(sql, params or {}, asyncio.get_running_loop().create_future())
        self._waiting[statement] = None
        try:
            async with self._turn():
                if statement in self._waiting:
                    await self._run_waiting(statement)
        except DatabaseBusyError:
            if statement in self._waiting:  # else it is being written
                raise
        finally:
            self._waiting.pop(statement, None)
        return next(iter(await statement.rows), None)

    async def _run_waiting(self, first: "_Statement") -> None:
        """In one's own turn, write what others wait with, too: a burst of them then costs one turn and not one each."""
        await _step()  # who is about to write joins in
        del self._waiting[first]
        together = [first, *islice(self._waiting, MOST_TOGETHER - 1)]
        for one in together[1:]:
            del self._waiting[one]
        running = asyncio.create_task(self._run_each(together))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        await asyncio.shield(running)  # it is the others' as well

    async def _run_each(self, statements: Sequence["_Statement"]) -> None:
        try:
            found = await self.connections.execute_each([(one.sql, one.params) for one in statements])
        except Exception as error:  # noqa: BLE001  # each caller gets it
            found = [error] * len(statements)
        for one, rows in zip(statements, found, strict=True):
            if one.rows.done():  # nobody waits any more
                continue
            if isinstance(rows, Exception):
                one.rows.set_exception(rows)
            else:
                one.rows.set_result(rows)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        await self.connections.ready()
        async with AsyncExitStack() as held:
            try:
                async with asyncio.timeout(turn_seconds.get()):
                    if not goes_first.get():
                        await held.enter_async_context(self._line)
                    await held.enter_async_context(self._lock)
            except TimeoutError as error:
                raise DatabaseBusyError(DATABASE_BUSY) from error
            yield

    async def _execute(self, sql: str, params: Params | None = None) -> Row | None:
        return next(iter(await self.connections.execute(sql, params or {})), None)

    async def insert(self, table: str, values: Params, clause: str = "") -> Row | None:
        """Add a row of a known table; `clause` may be an ON CONFLICT. Returns the row, or None if the conflict dropped it."""
        columns = ", ".join(values)
        marks = ", ".join(f":{column}" for column in values)
        sql = f"INSERT INTO {table} ({columns}) VALUES ({marks}) {clause} RETURNING *"  # noqa: S608  # names from our code
        return await self.write(sql, {column: storable(value) for column, value in values.items()})

    async def change(self, sql: str, params: Params | None = None) -> int:
        """Run one statement as `write` does; returns how many rows it changed, without those that went with them."""
        async with self.transaction():
            return await self.connections.change(sql, params or {})

    async def rewrite(self) -> bool:
        """Write everything anew, so that nothing of what was deleted is left in the files. Writers wait.

        False where somebody was in the way; then some of it may be left. See docs/decisions.md.
        """
        async with self._turn():
            return await self.connections.rewrite()

    async def fetch_one(self, sql: str, params: Params | None = None) -> Row | None:
        """The first row, or None."""
        return next(iter(await self.fetch_all(sql, params)), None)

    async def fetch_all(self, sql: str, params: Params | None = None) -> Sequence[Row]:
        """All rows, in order."""
        run = self.connections.execute if self.in_transaction else self.connections.read
        return await run(sql, params or {})

    async def fetch_long(self, sql: str, params: Params | None = None) -> Sequence[Row]:
        """All rows, in order, of what takes seconds; nobody waits for it. It sees what is committed, also in a transaction."""
        return await self.connections.read_long(sql, params or {})

    @property
    def in_transaction(self) -> bool:
        """Whether the current task is in a transaction, and so sees what it has written there."""
        return self._owner is not None and self._owner is asyncio.current_task()


@asynccontextmanager
async def open_database(place: Place) -> AsyncIterator[Database]:
    """Open the database and bring its schema up to date; closes on leaving. An SQLite file is made if it is missing.

    Raises `StartupError` if it cannot be reached, is damaged or newer than this program, which leaves it untouched, or if an upgrade fails.
    """
    opened: AbstractAsyncContextManager[Connections]
    if isinstance(place, Path):
        opened = sqlite.open_sqlite(place)
    else:
        try:
            from bot.store.postgres_opening import open_postgres  # noqa: PLC0415  # a package that a bot on one machine needs not
        except ModuleNotFoundError as error:
            raise StartupError(NO_POSTGRES_PACKAGE) from error
        opened = open_postgres(place)
    async with opened as connections:
        yield Database(connections)


@asynccontextmanager
async def only_bot_on(
    place: Place, *, together: bool = False, broken: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Be the only bot on a database until left, or until this process ends. Raises `StartupError` where another one is running.

    Processes that do this `together` on PostgreSQL count as one bot. `broken` is called as soon as the connection that holds PostgreSQL's lock breaks.
    """
    if isinstance(place, Path):
        with sqlite.only_user_of(place):
            yield
        return
    from bot.store.postgres_lock import only_user_of  # noqa: PLC0415

    async with only_user_of(place, together=together, broken=broken):
        yield


def to_text(moment: datetime) -> str:
    """A moment as it is stored: ISO 8601 in UTC with microseconds, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def storable(value: object) -> object:
    """The value in a type that the database stores."""
    return to_text(value) if isinstance(value, datetime) else value


def from_text(text: str) -> datetime:
    """The moment that `to_text` wrote."""
    return datetime.fromisoformat(text)


def read_moments(row: Row, *names: str) -> dict[str, Any]:
    """The row's values by column, those named as moments (or None)."""
    values = dict(row)
    return values | {name: from_text(values[name]) for name in names if values[name] is not None}
