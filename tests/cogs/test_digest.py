"""`/settings digest`: once a week the best jokes and the ranking, in the channel that wants them."""

from datetime import timedelta

from simcord import Env

from bot.app import App
from bot.client import PunchlineBot
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.seen import Card, card, public, rows
from tests.cogs.test_top import told
from tests.wire.model_server import FakeModelServer

CHOSEN = "Channel for the weekly digest"
WEEK = timedelta(days=7)
JOKE = "1. **Good. Haha**\nA duck: 😂 1, 😐 0"


async def digests(place: Place, background: Background, app: App) -> list[Card]:
    """What a round of the loop and the outbox leave of digests in the channel."""
    await app.digests.round()
    await background.deliver()
    cards = [card(message) for message in public(place.channel) if message.embeds]
    return [one for one in cards if one.title == "This week in jokes"]


async def test_a_week_after_it_was_asked_for_the_first_digest_comes_and_then_every_week(
    app: App, home: Place, server: FakeModelServer, background: Background, clock: Watch
) -> None:
    chosen = await home.admin.slash(home.channel, "settings digest", channel=home.channel)
    assert card(chosen.response).fields[CHOSEN] == f"<#{home.channel.id}>"
    clock.now += WEEK - timedelta(hours=1)
    await told(server, home.channel, "Good. Haha", [home.member])
    assert await digests(home, background, app) == []
    clock.now += timedelta(hours=1)
    footer = "Admins choose the channel with /settings digest."
    assert await digests(home, background, app) == [Card("This week in jokes", JOKE, footer)]
    assert len(await digests(home, background, app)) == 1
    clock.now += WEEK
    await told(server, home.channel, "Better. Haha", [home.member])
    assert [one.text for one in await digests(home, background, app)] == [JOKE, JOKE.replace("Good", "Better")]


async def test_a_digest_waits_until_discord_has_named_the_servers_channels(
    app: App,
    home: Place,
    server: FakeModelServer,
    simcord_bot: PunchlineBot,
    background: Background,
    clock: Watch,
) -> None:
    await home.admin.slash(home.channel, "settings digest", channel=home.channel)
    clock.now += WEEK
    await told(server, home.channel, "Good. Haha", [home.member])
    guild = simcord_bot.get_guild(home.guild.id)
    assert guild is not None
    guild.unavailable = True
    assert await digests(home, background, app) == []
    guild.unavailable = False
    clock.now += timedelta(minutes=1)
    assert [one.text for one in await digests(home, background, app)] == [JOKE]


async def test_a_week_without_a_laugh_or_a_vote_has_no_digest_and_weeks_of_absence_bring_one(
    app: App, home: Place, server: FakeModelServer, background: Background, clock: Watch
) -> None:
    await home.admin.slash(home.channel, "settings digest", channel=home.channel)
    clock.now += WEEK
    assert await digests(home, background, app) == []
    assert await rows(app, "outbox") == []
    clock.now += 3 * WEEK
    await told(server, home.channel, "Good. Haha", [home.member])
    assert len(await digests(home, background, app)) == 1
    (row,) = await rows(app, "guild_settings")
    assert row["digest_at"] > clock.now.isoformat()


async def test_a_cleared_channel_gets_no_more(
    app: App, env: Env, home: Place, server: FakeModelServer, background: Background, clock: Watch
) -> None:
    await home.admin.slash(home.channel, "settings digest", channel=home.channel)
    cleared = await home.admin.slash(home.channel, "settings digest", clear=True)
    assert card(cleared.response).fields[CHOSEN] == "none"
    clock.now += WEEK
    await told(server, home.channel, "Good. Haha", [home.member])
    assert await digests(home, background, app) == []
