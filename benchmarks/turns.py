"""What writing an answer takes of the database: one turn at a time in a process, and under limits one at a time of all processes."""

import json
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.report import table
from bot.clock import utc_now
from bot.database_url import Place, place_of
from bot.llm.completion import Completion
from bot.store.database import Database, open_database
from bot.store.generations import GenerationStore
from bot.store.usage import Usage, UsageStore

TITLE = "Turns of those who write to the database"
VARIABLE = "BENCH_POSTGRES"
ANSWERS, MEMBERS = 2000, 50
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


@dataclass(frozen=True)
class Turns:
    """Median milliseconds of each turn, and bytes that an answer leaves in the database."""

    system: str
    opening: float
    limited: float
    settling: float
    storing: float
    size: float


async def measure() -> list[Turns]:
    """On a new SQLite file, and on the empty PostgreSQL database that BENCH_POSTGRES names, if it names one."""
    with tempfile.TemporaryDirectory() as folder:
        places: list[Place] = [Path(folder) / "turns.db"]
        if url := os.environ.get(VARIABLE):
            places.append(place_of(url))
        return [await _measure(place) for place in places]


async def _measure(place: Place) -> Turns:
    system, before = await _state(place)
    async with open_database(place) as database:
        usages, generations = UsageStore(database), GenerationStore(database)
        limited, opening, settling, storing = list[float](), list[float](), list[float](), list[float]()
        for number in range(ANSWERS):
            usage = _usage(number)
            if number % 2:
                async with _timed(limited):
                    entry = await _reserve(database, usages, usage)
            else:
                async with _timed(opening):
                    entry = await usages.add(usage)
            async with _timed(settling):
                await usages.settle(entry, usage)
            async with _timed(storing):
                await _store(generations, entry)
    _, after = await _state(place)
    size = (after - before) / ANSWERS
    return Turns(system, _ms(opening), _ms(limited), _ms(settling), _ms(storing), size)


async def _state(place: Place) -> tuple[str, int]:
    """The system and its bytes; opened anew, so that SQLite's log is in its file."""
    async with open_database(place) as database:
        state = await database.connections.state()
    return state.system, state.bytes


def _usage(number: int) -> Usage:
    member = 10**17 + number % MEMBERS
    return Usage(1, member, "joke", "joke", "gpt-6-luna", 403, 16, 812.0, utc_now(), interaction_id=10**17 + number)


async def _reserve(database: Database, store: UsageStore, usage: Usage) -> int:
    """As the ledger does under a budget of each member: add up the month, then write."""
    now = utc_now()
    async with database.transaction():
        await store.spent(
            1, usage.user_id, usage.interaction_id, now=now, day=now, month=now - timedelta(days=30), answers=True
        )
        return await store.add(usage)


async def _store(store: GenerationStore, entry: int) -> None:
    completion = Completion((JOKE,), "gpt-6-luna", 403, 16, 812.0, RAW, (None,), (False,))
    await store.add(entry, "A llama", {"scenario": "A llama"}, completion, fine_tuned=False, channel_id=10**17)


def _ms(seconds: list[float]) -> float:
    return median(seconds) * 1000


@asynccontextmanager
async def _timed(into: list[float]) -> AsyncIterator[None]:
    start = perf_counter()
    yield
    into.append(perf_counter() - start)


def render(measured: list[Turns]) -> str:
    """A row a system."""
    head = ["system", "open a row (ms)", "the same under limits (ms)", "settle (ms)", "store (ms)", "bytes an answer"]
    rows = [
        [one.system, *(f"{ms:.2f}" for ms in (one.opening, one.limited, one.settling, one.storing)), f"{one.size:,.0f}"]
        for one in measured
    ]
    return f"{INTRODUCTION}\n\n{table(head, rows)}"


INTRODUCTION = f"""{ANSWERS:,} answers of {MEMBERS} members are written one after another: a row of the ledger is opened, settled, and the answer stored. Of every two, the
second is opened under a budget of its member: the month is added up in the same transaction. Medians; a PostgreSQL server is on the same machine and
syncs each commit to disk (`{VARIABLE}=postgresql://… python -m benchmarks turns`). A turn is what one process does at a time; on PostgreSQL only the turn under limits holds the lock
that all processes share. Bytes are the database's growth, indexes included."""
