"""What answers and commands take of the database: writing one at a time and twenty at once, and reading, on SQLite and on PostgreSQL."""

import asyncio
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.report import NotMeasuredError, table
from bot.clock import utc_now
from bot.database_url import Place, place_of
from bot.model_server.completion import Completion
from bot.store.database import Database, open_database
from bot.store.generations import GenerationStore
from bot.store.limits import LimitStore
from bot.store.models import ModelStore
from bot.store.prompts import PromptStore
from bot.store.usage import Usage, UsageStore
from tests.wire.postgres_server import fresh_database, running_server

TITLE = "Turns of those who write to the database"
VARIABLE = "BENCH_POSTGRES"
GUILD, CHANNEL, FIRST_MEMBER = 1, 10**17, 10**17
ANSWERS, MEMBERS, READS, BURSTS, AT_ONCE = 2000, 50, 300, 50, 20
MODEL = "gpt-6-luna"
JOKE = "The llama bought a ladder, since the view from below was taken. Haha"
RAW = json.dumps(
    {
        "id": "chatcmpl-" + "a" * 29,
        "object": "chat.completion",
        "created": 1_800_000_000,
        "model": "gpt-6-luna-2026-08-01",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": JOKE}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 403, "completion_tokens": 16, "total_tokens": 419},
    }
)
OPEN, LIMITED, SETTLE, STORE = "open a row", "the same under limits", "settle it", "store the answer"
BURST, VOTE = f"open {AT_ONCE} rows at once, to the last", "vote, and count the votes"
SET, FIND, SPENT = "read what the server has set (5 reads)", "find an answer by its number", "add up a member's month"
KINDS = (OPEN, LIMITED, SETTLE, STORE, BURST, VOTE, SET, FIND, SPENT)


@dataclass
class Turns:
    """Seconds of each kind of work, and bytes that an answer leaves in the database."""

    system: str = ""
    size: float = 0.0
    seconds: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        start = perf_counter()
        yield
        self.seconds.setdefault(what, []).append(perf_counter() - start)


async def measure() -> list[Turns]:
    """On a new SQLite file, and on an empty PostgreSQL database: the one that BENCH_POSTGRES names, else of a server started here."""
    with tempfile.TemporaryDirectory() as folder, _postgres() as url:
        return [await _measure(place) for place in (Path(folder) / "turns.db", place_of(url))]


@contextmanager
def _postgres() -> Iterator[str]:
    """An empty database. Raises `NotMeasuredError`: without PostgreSQL's half the section would say less than the one that is there."""
    if url := os.environ.get(VARIABLE):
        yield url
        return
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_server(durable=True))
        except FileNotFoundError as error:
            raise NotMeasuredError(f"{error} Install it (apt-get install postgresql), or set {VARIABLE}.") from error
        yield stack.enter_context(fresh_database(server))


async def _measure(place: Place) -> Turns:
    turns = Turns()
    turns.system, before = await _state(place)
    async with open_database(place) as database:
        for number in range(ANSWERS):
            await _answer(database, turns, number)
    _, after = await _state(place)
    turns.size = (after - before) / ANSWERS
    async with open_database(place) as database:
        await _more(database, turns)
    return turns


async def _state(place: Place) -> tuple[str, int]:
    """The system and its bytes; opened anew, so that SQLite's log is in its file."""
    async with open_database(place) as database:
        state = await database.connections.state()
    return state.system, state.bytes


async def _answer(database: Database, turns: Turns, number: int) -> None:
    """The three turns of a joke; the first of every second one is under a budget of its member."""
    usages, usage = UsageStore(database), _usage(number)
    if number % 2:
        with turns.timed(LIMITED):
            entry = await _reserve(database, usages, usage)
    else:
        with turns.timed(OPEN):
            entry = await usages.add(usage)
    with turns.timed(SETTLE):
        await usages.settle(entry, usage)
    with turns.timed(STORE):
        await _store(database, entry)


async def _more(database: Database, turns: Turns) -> None:
    """What other commands do, on a database that has the answers."""
    generations, usages = GenerationStore(database), UsageStore(database)
    for burst in range(BURSTS):
        with turns.timed(BURST):
            await asyncio.gather(*(usages.add(_usage(burst * AT_ONCE + number)) for number in range(AT_ONCE)))
    for number in range(1, READS + 1):
        with turns.timed(VOTE):
            async with database.transaction():
                await generations.vote(GUILD, number, FIRST_MEMBER, funny=True, now=utc_now())
                await generations.tally(number)
        with turns.timed(SET):
            await _read_settings(database)
        with turns.timed(FIND):
            await generations.get(GUILD, number)
        with turns.timed(SPENT):
            await _spent(usages, FIRST_MEMBER + number % MEMBERS, None)


async def _read_settings(database: Database) -> None:
    """What the first command in a server asks; later ones remember it."""
    limits = LimitStore(database)
    await limits.permissions(GUILD)
    await limits.get(GUILD)
    await ModelStore(database).active(GUILD)
    await PromptStore(database).in_use(GUILD)


def _usage(number: int) -> Usage:
    member = FIRST_MEMBER + number % MEMBERS
    return Usage(GUILD, member, "joke", "joke", MODEL, 403, 16, 812.0, utc_now(), interaction_id=10**17 + number)


async def _reserve(database: Database, store: UsageStore, usage: Usage) -> int:
    """As the ledger does under a budget of each member: add up the month, then write."""
    async with database.transaction():
        await _spent(store, usage.user_id, usage.interaction_id)
        return await store.add(usage)


async def _spent(store: UsageStore, user_id: int, interaction_id: int | None) -> None:
    now = utc_now()
    month = now - timedelta(days=30)
    await store.spent(GUILD, user_id, interaction_id, now=now, day=now, month=month, answers=True)


async def _store(database: Database, entry: int) -> None:
    completion = Completion((JOKE,), MODEL, 403, 16, 812.0, RAW, (None,), (False,))
    request = {"scenario": "A llama"}
    await GenerationStore(database).add(entry, "A llama", request, completion, fine_tuned=False, channel_id=CHANNEL)


def render(measured: list[Turns]) -> str:
    """A row for each kind of work, a column for each system."""
    head = ["median (ms)", *(one.system for one in measured)]
    rows = [[what, *(_ms(one.seconds[what]) for one in measured)] for what in KINDS]
    size = ["bytes an answer", *(f"{one.size:,.0f}" for one in measured)]
    return f"{INTRODUCTION}\n\n{table(head, [*rows, size])}"


def _ms(seconds: list[float]) -> str:
    return f"{median(seconds) * 1000:.2f}"


INTRODUCTION = f"""{ANSWERS:,} answers of {MEMBERS} members are written one after another: a row of the ledger is opened, settled, and the answer stored. Of every two, the
second is opened under a budget of its member: the month is added up in the same transaction. Then {BURSTS} times {AT_ONCE} rows are opened at once, and {READS} times an answer is voted on, found by its number, and its
server's settings and a member's month are read. The PostgreSQL server is on the same machine, is started for this, and syncs each commit to disk (`{VARIABLE}=postgresql://… python -m benchmarks turns` takes another one, with an empty database). A turn is what one process does at a
time; on PostgreSQL only the turn under limits and the vote hold the lock that all processes share. Bytes are the database's growth, indexes included."""
