"""The PostgreSQL server goes down under a running bot and comes back: everybody is told so in time, and afterwards all goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest

from bot.texts.common import DATABASE_GONE
from tests.postgres import Server, fresh_database, own_server
from tests.wire.cluster import PROCESSES, SHARDS, ClusterStage, Members, servers, three, votes_once
from tests.wire.cluster import TOKEN as CLUSTER_TOKEN
from tests.wire.conftest import TOKEN
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process
from tests.wire.shapes import MANAGE_GUILD
from tests.wire.stage import Stage

pytestmark = pytest.mark.soak

LOCK = 0x70756E64
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'punchline'"
ACKNOWLEDGE_SECONDS = 3  # which Discord gives


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    try:
        with own_server() as server:
            yield server
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture
def database_url(postgres: Server) -> Iterator[str]:
    with fresh_database(postgres.url) as url:
        yield url


@pytest.fixture
def stage(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path, database_url: str) -> Stage:
    models.jobs.plan = ("queued", "running", "running", "succeeded")
    return Stage(discord, models, tmp_path, TOKEN, database_url)


@asynccontextmanager
async def running(stage: Stage) -> AsyncIterator[Process]:
    """A bot with a job under way."""
    async with stage.bot() as bot:
        await bot.bringing(stage.discord.ready())
        await stage.launch()
        await until(lambda: bool(stage.models.jobs.jobs))
        yield bot


async def until(there: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not there():  # noqa: ASYNC110  # another process brings it about
            await asyncio.sleep(0.05)


def ask(url: str, sql: str) -> list[tuple[object, ...]]:
    """What the server answers, on a connection of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(sql.encode()).fetchall()


def lock_is_held(url: str) -> bool:
    return bool(ask(url, f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK} AND granted"))  # noqa: S608  # ours


async def is_down(server: Server, mode: str) -> Callable[[], Awaitable[None]]:
    """Stop it; gives what starts it again."""
    await asyncio.to_thread(server.stop, mode)

    async def start() -> None:
        await asyncio.to_thread(server.start)

    return start


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_while_the_server_is_down_all_are_told_so_and_then_everything_goes_on(
    stage: Stage, postgres: Server, database_url: str, mode: str
) -> None:
    discord = stage.discord
    async with running(stage) as bot:
        told = (await (await discord.command("joke", {"scenario": "A duck"})).answered).message
        start = await is_down(postgres, mode)
        for _ in range(2):  # as it goes down, and while everybody knows
            sent = [
                await discord.command("joke", {"scenario": "A goose"}),
                await discord.press(told, "funny:1"),
                await discord.command("settings cap", {"amount": 5}, permissions=MANAGE_GUILD),
                await discord.command("dataset list", permissions=MANAGE_GUILD),
                await discord.command("top", user_id=77),
            ]
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                answers = [await one.answered for one in sent]
            assert {answer.text for answer in answers} == {str(DATABASE_GONE)}
            assert {answer.message["flags"] & 64 for answer in answers} == {64}, "for whoever asked alone"
        await start()
        await bot.line("The database answers again")
        vote = await discord.press(told, "funny:1")
        await vote.acked
        joke = await discord.command("joke", {"scenario": "A goose"})
        assert (await joke.answered).message["embeds"]
        await stage.ends_with_a_model()
        await until(lambda: lock_is_held(database_url))
        async with stage.bot() as second:
            assert await second.ended() == 1
        assert second.lines[-1].startswith("Another bot is running on the database")
        assert bot.running
    assert len(stage.rows("votes")) == 1
    assert "Traceback" not in bot.output


async def test_after_all_connections_were_cut_at_once_nobody_notices(
    stage: Stage, postgres: Server, database_url: str
) -> None:
    async with running(stage) as bot:
        told = (await (await stage.discord.command("joke", {"scenario": "A duck"})).answered).message
        assert len(ask(database_url, CUT)) >= 2
        vote = await stage.discord.press(told, "funny:1")
        await vote.acked
        joke = await stage.discord.command("joke", {"scenario": "A goose"})
        assert (await joke.answered).message["embeds"]
        await stage.ends_with_a_model()
        await until(lambda: lock_is_held(database_url))
        assert bot.running
    assert len(stage.rows("votes")) == 1


async def test_a_bot_whose_lock_another_one_took_meanwhile_ends_with_one_line(
    stage: Stage, postgres: Server, database_url: str
) -> None:
    waiting = f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {LOCK} AND NOT granted"  # noqa: S608  # ours
    async with running(stage) as bot:
        with psycopg.connect(database_url, autocommit=True) as other:
            taking = asyncio.create_task(asyncio.to_thread(other.execute, f"SELECT pg_advisory_lock({LOCK})".encode()))
            await until(lambda: bool(ask(database_url, waiting)))
            ask(database_url, CUT)
            await taking
            assert await bot.ended() == 1
    assert bot.lines[-1].startswith("Another bot started on the database postgresql://")
    assert bot.lines[-1].endswith("while it could not be reached, so this one ends. Run only one of the two.")
    assert "Traceback" not in bot.output


@pytest.fixture
async def cluster(models: FakeModelServer, tmp_path: Path, database_url: str) -> AsyncIterator[ClusterStage]:
    models.jobs.plan = ("queued", "running", "running", "succeeded")
    async with LoopbackDiscord(*servers(), token=CLUSTER_TOKEN, shards=SHARDS, max_concurrency=1) as discord:
        yield ClusterStage(discord, models, tmp_path, database_url)
        assert discord.record.unknown == []


async def test_several_processes_keep_their_shards_over_a_restart_and_hear_each_other_again(
    cluster: ClusterStage, postgres: Server, database_url: str
) -> None:
    listening = "SELECT 1 FROM pg_stat_activity WHERE query = 'LISTEN punchline'"
    async with three(cluster) as bots:
        members, had = Members(cluster.discord), [cluster.shards_of(bot) for bot in bots]
        async with members.busy():
            await cluster.launch()
            await until(lambda: bool(cluster.models.jobs.jobs))
            start = await is_down(postgres, "fast")
            for bot in bots:
                await bot.line("The database does not answer")
            await start()
            for bot in bots:
                await bot.line("The database answers again")
            await until(lambda: len(ask(database_url, listening)) == PROCESSES)
            await cluster.ends_with_a_model(timeout=180)
        assert [cluster.shards_of(bot) for bot in bots] == had
        assert list(members.unanswered()) == []
    assert 0 < votes_once(cluster) <= len([one for one in members.voted if one.is_acked])
