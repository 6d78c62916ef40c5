"""Leases: one owner at a time, whoever asks, and nobody for longer than was asked for."""

from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.app_state import AppStateStore
from bot.store.database import Database
from bot.store.leases import LeaseStore

CLOCK = "CAST((SELECT value FROM app_state WHERE key = 'now') AS DOUBLE PRECISION)"
SECONDS = 20.0


@dataclass
class Known:
    """What should be true of a lease."""

    owner: str
    until: float


async def leases_at(database: Database, now: float) -> LeaseStore:
    await AppStateStore(database).set("now", str(now))
    return LeaseStore(database, CLOCK)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["claim", "renew", "release"]), st.integers(0, 15))))
async def test_one_has_it_at_a_time_and_only_for_as_long_as_it_asked_for(
    database: Database, steps: list[tuple[str, str, int]]
) -> None:
    await database.write("DELETE FROM leases")
    now, known = 1000.0, Known("", 0.0)
    for owner, step, seconds in steps:
        now += seconds
        leases = await leases_at(database, now)
        if step == "claim":
            mine = owner == known.owner or known.until <= now
            assert await leases.claim("shard:0", owner, SECONDS) is mine
            known = Known(owner, now + SECONDS) if mine else known
        elif step == "renew":
            await leases.renew(owner, SECONDS)
            known.until = now + SECONDS if owner == known.owner and known.until > now else known.until
        else:
            await leases.release("shard:0", owner)
            known.until = now if owner == known.owner else known.until
        found = {lease.name: (lease.owner, lease.left) for lease in await leases.all()}
        assert found == ({"shard:0": (known.owner, known.until - now)} if known.owner else {})


async def test_what_an_owner_leaves_is_for_one_who_has_seen_it(database: Database) -> None:
    leases = await leases_at(database, 1000.0)
    await leases.claim("shard:0", "A", SECONDS)
    await leases.release("shard:0", "B", "not B's")
    await leases.release("shard:0", "A", "a session")
    (left,) = await leases.all()
    assert (left.is_free, left.note) == (True, "a session")
    assert not await leases.claim("shard:0", "B", SECONDS, "an older session")
    assert await leases.claim("shard:0", "B", SECONDS, "a session")
    (taken,) = await leases.all()
    assert (taken.owner, taken.note) == ("B", None)


async def test_processes_that_ended_long_ago_are_forgotten(database: Database) -> None:
    leases = await leases_at(database, 1000.0)
    for name in ("process:A", "shard:0"):
        await leases.claim(name, "A", SECONDS)
    leases = await leases_at(database, 1000.0 + SECONDS + 3599)
    await leases.forget_old("process:")
    assert [lease.name for lease in await leases.all()] == ["process:A", "shard:0"]
    leases = await leases_at(database, 1000.0 + SECONDS + 3601)
    await leases.forget_old("process:")
    assert [lease.name for lease in await leases.all()] == ["shard:0"]
