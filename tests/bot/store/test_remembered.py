"""What is remembered of servers: read once, and never older than the last change that was announced."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.database_url import place_of
from bot.store.database import Database, open_database
from bot.store.limits import TOPIC, Limits, LimitStore, ServerLimits
from bot.store.remembered import FORGET_TOPIC, SECONDS, Remembered
from tests.bot.parts import ADMIN, GUILD, START

TEN = Limits(daily_answers=10)


class Reads:
    """A value that is read from somewhere; each read waits until it may end."""

    def __init__(self) -> None:
        self.value, self.count = "old", 0
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self, _key: int) -> str:
        self.count += 1
        found = self.value
        await self.may_end.wait()
        return found


@pytest.fixture
def reads() -> Reads:
    return Reads()


async def test_it_is_read_once_by_key_until_a_change_is_announced(database: Database, reads: Reads) -> None:
    remembered = Remembered(database, reads, "topic")
    assert [await remembered.get(key) for key in (1, 1, 2)] == ["old"] * 3
    assert reads.count == 2
    for topic in ("topic", FORGET_TOPIC):
        reads.value, before = topic, reads.count
        database.announce(topic)
        assert [await remembered.get(1), await remembered.get(1)] == [topic, topic]
        assert reads.count == before + 1


async def test_a_change_that_nobody_announced_is_seen_after_a_minute(database: Database, reads: Reads) -> None:
    now = 0.0
    remembered = Remembered(database, reads, "topic", monotonic=lambda: now)
    assert await remembered.get(1) == "old"
    reads.value = "new"
    now = SECONDS - 1
    assert await remembered.get(1) == "old"
    now = SECONDS
    assert await remembered.get(1) == "new"


async def test_a_read_that_a_change_overtakes_is_not_remembered(database: Database, reads: Reads) -> None:
    remembered = Remembered(database, reads, "topic")
    reads.may_end.clear()
    slow = asyncio.create_task(remembered.get(1))
    await asyncio.sleep(0)
    reads.value = "new"
    database.announce("topic")
    reads.may_end.set()
    assert await remembered.get(2) == "new"  # notices the change, while the slow read is still on its way
    assert await slow == "old"
    assert await remembered.get(1) == "new"


async def test_what_a_transaction_sees_and_takes_back_is_not_remembered(database: Database) -> None:
    store = LimitStore(database)
    remembered = Remembered(database, store.get, TOPIC)

    async def set_and_fail() -> None:
        async with database.transaction():
            await store.set(GUILD, "member", 0, TEN, updated_by=ADMIN, now=START)
            assert (await remembered.get(GUILD)).member == TEN
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await set_and_fail()
    assert await remembered.get(GUILD) == ServerLimits()


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    async with open_database(place_of(database_url)) as other, other.shared():
        yield other


@pytest.mark.postgres
async def test_a_change_in_another_process_is_seen_here(database: Database, other: Database) -> None:
    async with database.shared():
        remembered, heard = Remembered(database, LimitStore(database).get, TOPIC), database.subscribe(TOPIC)
        async with asyncio.timeout(10):
            await heard.wait()  # it listens
        assert await remembered.get(GUILD) == ServerLimits()
        heard.clear()
        await LimitStore(other).set(GUILD, "member", 0, TEN, updated_by=ADMIN, now=START)
        async with asyncio.timeout(10):
            await heard.wait()
        assert (await remembered.get(GUILD)).member == TEN
