"""Three processes that are one bot: one is killed, or each is restarted, while members use it."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.postgres import fresh_database, running_server, server_url
from tests.wire.cluster import PROCESSES, SHARDS, TOKEN, ClusterStage, Members, exactly_once, servers, shards, three
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process

pytestmark = pytest.mark.soak
LEADS = "This process now does the work in the background"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """A PostgreSQL server: the one that the tests use, or one of its own."""
    if (server := server_url()) is not None:
        yield server
        return
    try:
        with running_server() as server:
            yield server
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
async def stage(postgres: str, models: FakeModelServer, tmp_path: Path) -> AsyncIterator[ClusterStage]:
    with fresh_database(postgres) as url:
        async with LoopbackDiscord(*servers(), token=TOKEN, shards=SHARDS, max_concurrency=1) as discord:
            yield ClusterStage(discord, models, tmp_path, url)
            assert discord.record.unknown == []


def leader(bots: list[Process]) -> Process:
    """The one that works in the background."""
    return next(bot for bot in bots if LEADS in bot.output)


async def test_whoever_is_killed_the_others_have_its_shards_and_its_work_within_a_minute(stage: ClusterStage) -> None:
    stage.models.delay = 1.5  # so that it dies with answers under way
    stage.models.jobs.plan = ("queued", "running", "running", "succeeded")
    async with three(stage) as bots:
        members, victim = Members(stage.discord), leader(bots)
        others = [bot for bot in bots if bot is not victim]
        async with members.busy():
            await stage.launch()
            await asyncio.sleep(3)  # in the midst of it
            gone = stage.shards_of(victim)
            await victim.kill()
            lost = [one for one in members.unanswered() if shards([one]) <= gone]
            assert await stage.all_served(timeout=60) < 60
            await stage.ends_with_a_model(timeout=180)
        assert len(gone) == SHARDS // PROCESSES
        never_acknowledged = {one for one in lost if not one.is_acked}  # what only the dead one was sent
        assert set(members.unanswered()) <= never_acknowledged
        assert {shard for bot in others for shard in stage.shards_of(bot)} == set(range(SHARDS))
        assert len([bot for bot in others if LEADS in bot.output]) == 1
        assert [line for bot in others for line in bot.lines if "Traceback" in line] == []
    exactly_once(stage, members)


async def test_one_that_was_paused_answers_nothing_that_the_others_have_taken_over(stage: ClusterStage) -> None:
    async with three(stage) as bots:
        members, victim = Members(stage.discord), bots[1]
        gone = stage.shards_of(victim)
        async with members.busy():
            await asyncio.sleep(3)
            before = len(stage.discord.record.handshakes)
            victim.signal(signal.SIGSTOP)
            await stage.discord.record.until(lambda: gone <= stage.handshakes(before), timeout=60)
            lost = list(members.unanswered())
            victim.signal(signal.SIGCONT)
            await victim.line(r"The lease “shard:\d” ran out")
            await victim.line("is ours: it goes on")
            await asyncio.sleep(5)
        assert set(members.unanswered()) <= set(lost)
        assert [one for one in lost if members.callbacks(one) > 1] == []
    exactly_once(stage, members)


async def test_a_rolling_restart_leaves_no_command_unanswered(stage: ClusterStage) -> None:
    async with AsyncExitStack() as stack, three(stage) as bots:
        members = Members(stage.discord)
        identified = len(stage.discord.record.handshakes)
        async with members.busy():
            for bot in bots:
                await asyncio.sleep(3)
                await bot.stop()
                await stage.all_served(timeout=20)
                again = await stack.enter_async_context(stage.bot())
                await again.line("is ours: it goes on")
                await stage.all_served(timeout=20)
            await asyncio.sleep(5)
        assert list(members.unanswered()) == []
        assert all(handshake.resumed for handshake in stage.discord.record.handshakes[identified:])
        assert [line for bot in bots for line in bot.lines if "Traceback" in line] == []
    exactly_once(stage, members)
