"""A lock that all processes share lets one in at a time."""

import asyncio

import pytest

from bot.cluster.lease_lock import LeaseLock
from bot.errors import DatabaseBusyError
from bot.store.database import Database
from tests.bot.cluster.test_leases import leases_at


async def test_one_is_in_at_a_time_of_all_processes(database: Database) -> None:
    leases = await leases_at(database, 1000.0)
    locks, inside, most = [LeaseLock(leases, "files") for _ in range(3)], 0, 0

    async def enter(lock: LeaseLock) -> None:
        nonlocal inside, most
        async with lock:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(enter(lock) for lock in [*locks, *locks]))
    assert most == 1


async def test_who_waits_too_long_is_told_and_keeps_nobody_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cluster.lease_lock.PATIENCE_SECONDS", 0.05)
    leases = await leases_at(database, 1000.0)
    other, own = LeaseLock(leases, "files"), LeaseLock(leases, "files")
    async with other:
        with pytest.raises(DatabaseBusyError):
            await own.__aenter__()
    async with own:
        pass
