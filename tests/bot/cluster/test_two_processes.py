"""Two processes on one PostgreSQL database: what one does, the other knows; and what may happen once happens once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from bot.app import App, open_app
from bot.errors import BlockedError, ConflictError, StartupError
from bot.settings import Settings
from bot.texts.language import choose_for_server, language_of_server
from tests.bot.parts import ADMIN, CHANNEL, GUILD, MEMBER, training_file, upload

pytestmark = pytest.mark.postgres


@pytest.fixture
async def two(settings: Settings) -> AsyncIterator[tuple[App, App]]:
    """Both run."""
    clustered = settings.model_copy(update={"clusters": 2, "shard_count": 4})
    async with AsyncExitStack() as stack:
        apps = [await stack.enter_async_context(open_app(clustered)) for _ in range(2)]
        for app in apps:
            await stack.enter_async_context(app.running())
        yield apps[0], apps[1]


async def soon(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():  # noqa: ASYNC110  # the other process says nothing when it knows
            await asyncio.sleep(0.02)


async def test_one_of_them_works_in_the_background(two: tuple[App, App]) -> None:
    clusters = [app.cluster for app in two if app.cluster]

    async def led() -> bool:
        return sum(cluster.has("background") for cluster in clusters) == 1

    await soon(led)
    await asyncio.gather(*(cluster.round() for cluster in clusters))
    assert await led()


async def test_a_word_that_is_blocked_in_one_is_blocked_in_the_other(two: tuple[App, App]) -> None:
    first, second = two
    await second.guard.admit(GUILD, ["a duck"])
    await first.moderation.block(GUILD, ADMIN, "duck")

    async def blocked() -> bool:
        try:
            await second.guard.admit(GUILD, ["a duck"])
        except BlockedError:
            return True
        return False

    await soon(blocked)


async def test_a_language_that_is_chosen_in_one_is_spoken_in_the_other(two: tuple[App, App]) -> None:
    first, second = two
    await first.guild_settings.set_language(GUILD, ADMIN, "zh-CN")
    choose_for_server(GUILD, None)  # both are in one process here; this is as the other one has it
    second.database.announce_elsewhere("language")

    async def spoken() -> bool:
        return language_of_server(GUILD) == "zh-CN"

    await soon(spoken)
    choose_for_server(GUILD, None)


async def test_a_server_has_one_active_job_however_many_confirm_at_once(two: tuple[App, App]) -> None:
    first, second = two
    await upload(first, training_file())
    offers = [await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes") for app in two]
    launches = [
        app.finetunes.launch(GUILD, ADMIN, offer.quote.id, None) for app, offer in zip(two, offers, strict=True)
    ]
    done = await asyncio.gather(*launches, return_exceptions=True)
    assert sorted(type(one).__name__ for one in done) == ["ConflictError", "Job"]
    with pytest.raises(ConflictError):
        await second.finetunes.launch(GUILD, MEMBER, offers[0].quote.id, None)


async def test_one_that_is_alone_is_refused_beside_them(two: tuple[App, App], settings: Settings) -> None:
    async with open_app(settings) as alone:
        with pytest.raises(StartupError, match="Another bot is running"):
            await alone.running().__aenter__()
