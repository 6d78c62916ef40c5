"""Health: every shard connected, and a database that answers."""

import asyncio

import pytest

from bot.app import App
from bot.monitoring.health import GatewayState, Health, State
from bot.store.outbox import OutboxStore
from tests.bot.parts import GUILD, StillClock, launch

UP = GatewayState(ready=True, shards=2, latency_seconds={0: 0.04, 1: 0.05}, guilds=3, commands_under_way=1)
ONE_DOWN = GatewayState(ready=True, shards=2, latency_seconds={1: 0.05}, guilds=3, commands_under_way=0)
STARTING = GatewayState(ready=False, shards=0, latency_seconds={}, guilds=0, commands_under_way=0)


async def look(app: App, gateway: GatewayState, *, seconds: float = 2.0) -> State:
    return await Health(app.database, lambda: gateway, app.clock, seconds=seconds).look()


async def test_all_is_well(app: App) -> None:
    state = await look(app, UP)
    assert (state.healthy, state.why_not) == (True, ())


async def test_a_shard_that_is_down_and_a_bot_that_has_not_begun_are_named(app: App) -> None:
    state = await look(app, ONE_DOWN)
    assert (state.healthy, state.why_not) == (False, ("The bot is not connected to Discord: 1 of 2 shards are up.",))
    assert (await look(app, STARTING)).why_not == ("The bot is not connected to Discord: 0 of 0 shards are up.",)


@pytest.mark.sqlite
async def test_a_database_that_cannot_be_read_is_named(app: App) -> None:
    await app.database.write("ALTER TABLE outbox RENAME TO elsewhere")
    state = await look(app, UP)
    assert (state.waiting, state.why_not) == (None, ("The database cannot be read: no such table: outbox.",))


async def test_a_database_that_does_not_answer_is_not_waited_for(app: App) -> None:
    state = await look(app, UP, seconds=0.0)
    assert state.why_not == ("The database did not answer within 0 s.",)
    await asyncio.sleep(0)


async def test_what_waits_is_counted_and_what_was_given_up_is_not(app: App, clock: StillClock) -> None:
    await OutboxStore(app.database).add_notice(GUILD, "old", lambda: "Old news.", now=clock())
    clock.advance(days=15)
    await OutboxStore(app.database).add_notice(GUILD, "new", lambda: "News.", now=clock())
    await launch(app)
    waiting = (await look(app, UP)).waiting
    assert waiting is not None
    assert (waiting.outbox_waiting, waiting.active_jobs) == (2, 1)  # the launch owes a message too
