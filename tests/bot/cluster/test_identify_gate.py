"""Whoever identifies waits for all processes, and for Discord's daily limit."""

import logging
from datetime import timedelta

import pytest

from bot.cluster.identify_gate import TURN_SECONDS, IdentifyGate, StartLimit
from bot.store.database import Database
from bot.store.leases import LeaseStore
from tests.bot.cluster.test_leases import leases_at


class Discord:
    """Says how many starts are left: these, one after another."""

    def __init__(self, *remaining: int, at_once: int = 1) -> None:
        self._remaining = iter(remaining)
        self._at_once = at_once

    async def limit(self) -> StartLimit:
        return StartLimit(next(self._remaining, 1000), timedelta(seconds=1), self._at_once)


@pytest.fixture
async def leases(database: Database) -> LeaseStore:
    return await leases_at(database, 1000.0)


@pytest.fixture
def waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses of whoever waits; time passes in them."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        await leases_at(database, 1000.0 + sum(waited))

    monkeypatch.setattr("bot.cluster.identify_gate.asyncio.sleep", sleep)
    return waited


async def test_between_two_of_a_bucket_is_a_pause_whichever_process_they_are_of(
    leases: LeaseStore, waits: list[float]
) -> None:
    discord = Discord()
    await IdentifyGate(leases).passed(0, discord.limit)
    assert waits == []
    await IdentifyGate(leases).passed(1, discord.limit)
    assert sum(waits) == pytest.approx(TURN_SECONDS, abs=0.5)


async def test_other_buckets_do_not_wait(leases: LeaseStore, waits: list[float]) -> None:
    discord = Discord(at_once=2)
    await IdentifyGate(leases).passed(0, discord.limit)
    await IdentifyGate(leases).passed(1, discord.limit)
    assert waits == []


async def test_a_turn_that_came_late_is_not_used(leases: LeaseStore, waits: list[float]) -> None:
    moments = iter([0.0, 1.5, 1.5, 1.6])
    await IdentifyGate(leases, lambda: next(moments)).passed(0, Discord().limit)
    assert (waits, list(moments)) == ([], [])


async def test_where_no_start_is_left_it_waits_and_says_so(
    leases: LeaseStore, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        await IdentifyGate(leases).passed(3, Discord(0, 0, 5).limit)
    assert waits == [1.0, 1.0]
    assert caplog.messages == ["Discord allows no more starts for 0:00:01. Shard 3 waits."] * 2
