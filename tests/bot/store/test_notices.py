"""Notices' rows: once by server and key, and where each belongs."""

import pytest

from bot.app import App
from bot.store.guild_settings import GuildSettings, GuildSettingsStore
from bot.store.notices import NoticeStore
from tests.bot.parts import ADMIN, CHANNEL, GUILD, OTHER_GUILD, START, launch


@pytest.fixture
def notices(app: App) -> NoticeStore:
    return NoticeStore(app.database)


async def test_a_key_is_written_once_for_each_server(notices: NoticeStore) -> None:
    assert await notices.add(GUILD, "lost:ft:a", "It is gone.", now=START)
    assert not await notices.add(GUILD, "lost:ft:a", "It is still gone.", now=START)
    assert await notices.add(OTHER_GUILD, "lost:ft:a", "It is gone.", now=START)
    kept = [(notice.guild_id, notice.key, notice.text, notice.created_at) for notice in await notices.unshown()]
    assert kept == [(GUILD, "lost:ft:a", "It is gone.", START), (OTHER_GUILD, "lost:ft:a", "It is gone.", START)]


async def test_a_shown_notice_stays_but_is_never_written_or_shown_again(notices: NoticeStore) -> None:
    await notices.add(GUILD, "key", "text", now=START)
    (notice,) = await notices.unshown()
    await notices.shown(notice.id, now=START)
    assert await notices.unshown() == ()
    assert not await notices.add(GUILD, "key", "text", now=START)


async def test_it_belongs_into_the_admins_channel_else_to_the_newest_job_else_nowhere_yet(
    app: App, notices: NoticeStore
) -> None:
    settings = GuildSettingsStore(app.database)

    async def place() -> int | None:
        (notice,) = await notices.unshown()
        return notice.channel_id

    await notices.add(GUILD, "key", "text", now=START)
    await launch(app, guild_id=OTHER_GUILD)
    assert await place() is None
    await launch(app)
    assert await place() == CHANNEL
    await settings.update(GUILD, GuildSettings(admin_channel_id=77), updated_by=ADMIN, now=START)
    assert await place() == 77
    await settings.update(GUILD, GuildSettings(), updated_by=ADMIN, now=START)
    assert await place() == CHANNEL
