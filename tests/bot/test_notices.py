"""Notices: shown as soon as Discord takes them, kept until then, never twice."""

import asyncio

import pytest

from bot.app import App
from bot.store.guild_settings import GuildSettings
from bot.store.notices import Notice, NoticeStore
from tests.bot.parts import ADMIN, GUILD, OTHER_GUILD, START, StillClock


class Channels:
    """Takes notices, but not into closed channels."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.said: list[tuple[int, str]] = []
        self.tries = 0
        self.closed: set[int] = set()
        self.heard = asyncio.Event()

    async def __call__(self, notice: Notice, channel_id: int) -> None:
        self.tries += 1
        if channel_id in self.closed:
            raise PermissionError("Missing Access")
        self.said.append((channel_id, notice.text))
        self.heard.set()

    async def choose(self, guild_id: int, channel_id: int) -> None:
        settings = GuildSettings(admin_channel_id=channel_id)
        await self.app.guild_settings.update(guild_id, settings, updated_by=ADMIN, now=START)


@pytest.fixture
def channels(app: App) -> Channels:
    channels = Channels(app)
    app.notices.announcer = channels
    return channels


async def unshown(app: App) -> list[str]:
    return [notice.key for notice in await NoticeStore(app.database).unshown()]


async def test_a_notice_is_shown_once_and_counts_as_shown_from_then_on(app: App, channels: Channels) -> None:
    await channels.choose(GUILD, 1)
    assert await app.notices.tell(GUILD, "key", "It is gone.")
    assert not await app.notices.tell(GUILD, "key", "It is gone.")
    await app.notices.show()
    await app.notices.show()
    assert channels.said == [(1, "It is gone.")]
    rows = await app.database.fetch_all("SELECT shown_at FROM notices")
    assert [row["shown_at"] for row in rows] == [START.isoformat(timespec="microseconds")]


async def test_without_a_channel_or_anybody_to_show_it_the_notice_is_kept(app: App, channels: Channels) -> None:
    await app.notices.tell(GUILD, "key", "text")
    await app.notices.show()
    await channels.choose(GUILD, 1)
    app.notices.announcer = None
    await app.notices.show()
    assert (channels.said, await unshown(app)) == ([], ["key"])
    app.notices.announcer = channels
    await app.notices.show()
    assert (channels.said, await unshown(app)) == ([(1, "text")], [])


async def test_a_closed_channel_keeps_nobody_waiting_and_is_tried_again_in_ten_minutes(
    app: App, channels: Channels, clock: StillClock
) -> None:
    channels.closed = {1}
    await channels.choose(GUILD, 1)
    await channels.choose(OTHER_GUILD, 2)
    for guild_id in (GUILD, OTHER_GUILD):
        await app.notices.tell(guild_id, "key", "text")
    await app.notices.show()
    clock.advance(minutes=9)
    await app.notices.show()
    assert (channels.said, channels.tries, await unshown(app)) == ([(2, "text")], 2, ["key"])
    channels.closed = set()
    clock.advance(minutes=1)
    await app.notices.show()
    assert (channels.said[1:], await unshown(app)) == ([(1, "text")], [])


async def test_a_newly_chosen_channel_is_tried_at_once(app: App, channels: Channels) -> None:
    channels.closed = {1}
    await channels.choose(GUILD, 1)
    await app.notices.tell(GUILD, "key", "text")
    await app.notices.show()
    await channels.choose(GUILD, 3)
    await app.notices.show()
    assert channels.said == [(3, "text")]


async def test_in_the_background_a_new_notice_is_shown_without_waiting_for_the_next_round(
    app: App, channels: Channels
) -> None:
    await channels.choose(GUILD, 1)
    async with app.running(), asyncio.timeout(10):
        for key in ("first", "second"):
            channels.heard.clear()
            await app.notices.tell(GUILD, key, key)
            await channels.heard.wait()
    assert channels.said == [(1, "first"), (1, "second")]
