"""Several processes share shards and work: nobody has what another has, and what a dead one had is taken over."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cluster.cluster import LEASE_SECONDS, Cluster
from bot.cluster.share import fair_share
from bot.store.app_state import AppStateStore
from bot.store.database import Database
from bot.store.leases import LeaseStore
from tests.bot.cluster.test_leases import CLOCK

SHARDS = 7


@given(st.sets(st.text(max_size=5), min_size=1, max_size=9), st.integers(1, 40))
def test_the_shares_are_all_the_shards_and_differ_by_one_at_most(living: set[str], shards: int) -> None:
    found = [fair_share(one, living, shards) for one in living]
    assert sum(found) == shards
    assert max(found) - min(found) <= 1


class Connections:
    """Shards that connect at once; each session is numbered."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.open: dict[int, str] = {}

    async def open_shard(self, shard: int, session: str | None) -> None:
        self.open[shard] = session or f"session of {self.name}"

    async def close_shard(self, shard: int) -> str | None:
        return self.open.pop(shard, None)


class World:
    """Processes, and a clock that is theirs and the database's."""

    def __init__(self, database: Database) -> None:
        self.now = 1000.0
        self.connections: dict[str, Connections] = {}
        self.clusters: dict[str, Cluster] = {}
        self._database = database

    def start(self, name: str) -> None:
        leases = LeaseStore(self._database, CLOCK)
        self.clusters[name] = Cluster(self._database, SHARDS, leases, lambda: self.now, owner=name)
        self.connections[name] = Connections(name)
        self.clusters[name].begin(self.connections[name])

    async def end(self, name: str) -> None:
        """In order."""
        await self.clusters.pop(name).leave()

    def kill(self, name: str) -> None:
        del self.clusters[name]

    async def rounds(self, count: int, seconds: float = 5.0) -> None:
        """So many of each, after so many seconds each."""
        for _ in range(count):
            self.now += seconds
            await AppStateStore(self._database).set("now", str(self.now))
            for cluster in list(self.clusters.values()):
                await cluster.round()
                await asyncio.sleep(0.01)  # what it opens is open then
                self.alone()

    def alone(self) -> None:
        """No shard is held by two processes that believe so at this moment, nor is the work in the background."""
        for name in ["background", *(f"shard:{shard}" for shard in range(SHARDS))]:
            assert sum(cluster.has(name) for cluster in self.clusters.values()) <= 1

    def held(self) -> dict[str, int]:
        assert all(sorted(self.connections[name].open) == one.held for name, one in self.clusters.items())
        return {name: len(one.held) for name, one in self.clusters.items()}


@pytest.fixture
async def world(database: Database) -> World:
    world = World(database)
    await world.rounds(1)
    return world


async def test_the_first_has_all_and_gives_to_those_who_come_with_the_sessions(world: World) -> None:
    world.start("A")
    await world.rounds(SHARDS)
    assert world.held() == {"A": 7}
    world.start("B")
    world.start("C")
    await world.rounds(4)
    assert world.held() == {"A": 3, "B": 2, "C": 2}
    assert {session for one in world.connections.values() for session in one.open.values()} == {"session of A"}


async def test_what_a_dead_one_had_is_taken_over_once_its_leases_have_run_out(world: World) -> None:
    for name in "ABC":
        world.start(name)
    await world.rounds(SHARDS)
    world.kill("A")
    await world.rounds(3)
    assert sum(world.held().values()) < SHARDS
    await world.rounds(4)
    assert world.held() == {"B": 4, "C": 3}
    assert sum(one.has("background") for one in world.clusters.values()) == 1


async def test_what_one_that_ends_in_order_had_goes_on_at_once(world: World) -> None:
    for name in "AB":
        world.start(name)
    await world.rounds(SHARDS)
    sessions = set(world.connections["A"].open.values())
    await world.end("A")
    assert world.connections["A"].open == {}
    await world.rounds(1, seconds=0.1)
    assert world.held() == {"B": 7}
    assert sessions <= set(world.connections["B"].open.values())


async def test_one_that_was_paused_serves_nobody_and_closes_what_it_had(world: World) -> None:
    for name in "AB":
        world.start(name)
    await world.rounds(SHARDS)
    paused = world.clusters.pop("A")
    await world.rounds(9)
    assert world.held() == {"B": 7}
    assert [shard for shard in range(SHARDS) if paused.has_shard(shard)] == []
    assert world.connections["A"].open != {}
    world.clusters["A"] = paused
    await paused.round()
    assert world.connections["A"].open == {}


async def test_without_a_round_nothing_is_held_longer_than_the_lease(world: World) -> None:
    world.start("A")
    await world.rounds(SHARDS)
    assert world.clusters["A"].serves(0)
    world.now += LEASE_SECONDS
    assert not world.clusters["A"].serves(0)


async def test_after_an_outage_of_the_database_each_goes_on_with_what_it_had(world: World) -> None:
    for name in "AB":
        world.start(name)
    await world.rounds(SHARDS)
    before = {name: dict(one.open) for name, one in world.connections.items()}
    await world.rounds(1, seconds=LEASE_SECONDS + 10)
    await world.rounds(3)
    assert {name: dict(one.open) for name, one in world.connections.items()} == before
