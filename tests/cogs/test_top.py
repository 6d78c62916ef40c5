"""`/top`: what a server laughed at most, and never a joke from a channel that fewer people read."""

from collections.abc import Sequence
from datetime import timedelta

import discord
import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.client import PunchlineBot
from bot.jokes.top_chart import draw, sketch
from bot.store.generations import VotedJoke
from bot.texts.template import Text
from tests.cogs.conftest import Place, Watch
from tests.cogs.seen import Card, answer, buttons, public_card, refusal
from tests.wire.model_server import FakeModelServer

WEEK, EVER = "Best jokes of the week", "Best jokes of all time"
FOOTER = "Only jokes from channels that everyone can read."


FUNNY, FLAT = 0, 1  # by their places under a joke


async def told(
    server: FakeModelServer, channel: ChannelHandle, text: str, laughing: Sequence[MemberActor], *others: MemberActor
) -> None:
    """A joke that the first of these members asked for, and their votes on it."""
    server.say = lambda _asked: text
    joke = answer(await [*laughing, *others][0].slash(channel, "joke", scenario="A duck"))
    ids = [custom_id for _, custom_id in buttons(joke)]
    for voters, place in ((laughing, FUNNY), (others, FLAT)):
        for voter in voters:
            await voter.click(joke, custom_id=ids[place])


async def test_the_most_laughed_at_come_first_in_words_and_as_a_picture(server: FakeModelServer, home: Place) -> None:
    one, two = home.member, home.admin
    await told(server, home.channel, "Nobody laughed. Haha", [], one)
    await told(server, home.channel, "Half. Haha", [one], two)
    await told(server, home.channel, "Good. Haha", [one])
    await told(server, home.channel, "Best *ever*. Haha", [one, two])
    shown = await one.slash(home.channel, "top")
    lines = (
        "1. **Best \\*ever\\*. Haha**",
        "A duck: 😂 2, 😐 0",
        "2. **Good. Haha**",
        "A duck: 😂 1, 😐 0",
        "3. **Half. Haha**",
        "A duck: 😂 1, 😐 1",
    )
    assert public_card(shown) == Card(WEEK, "\n".join(lines), FOOTER)
    (picture,) = answer(shown).attachments
    jokes = "1. Best *ever*. Haha (2 laughs) 2. Good. Haha (1 laugh) 3. Half. Haha (1 laugh)"
    assert picture.description == f"{WEEK}: {jokes}"


async def test_older_jokes_are_among_those_of_all_time(
    env: Env, server: FakeModelServer, home: Place, clock: Watch
) -> None:
    await told(server, home.channel, "Old. Haha", [home.member])
    clock.now += timedelta(days=8)
    said = "Nobody has laughed at a joke this week. Press 😂 under one, or see `/top period:all time`."
    assert refusal(env, await home.member.slash(home.channel, "top")) == said
    ever = await home.member.slash(home.channel, "top", period="ever")
    assert public_card(ever) == Card(EVER, "1. **Old. Haha**\nA duck: 😂 1, 😐 0", FOOTER)


async def test_jokes_from_channels_that_not_everybody_may_read_are_left_out(
    env: Env, server: FakeModelServer, home: Place
) -> None:
    managers = next(role for name, role in home.guild.roles.items() if name == "Managers")
    hidden = discord.PermissionOverwrite(view_channel=False)
    seen = discord.PermissionOverwrite(view_channel=True)
    office = home.guild.create_text_channel("office", overwrites={home.guild.default_role: hidden, managers: seen})
    await told(server, office, "Secret. Haha", [home.admin])
    said = "Nobody has laughed at a joke yet. Ask for one with `/joke` and press 😂."
    assert refusal(env, await home.member.slash(home.channel, "top", period="ever")) == said
    await told(server, home.channel, "Open. Haha", [home.member])
    ever = await home.admin.slash(office, "top", period="ever")
    assert public_card(ever).text == "1. **Open. Haha**\nA duck: 😂 1, 😐 0"


@pytest.mark.parametrize("closed", ["age-restricted", "deleted"])
async def test_jokes_from_channels_that_are_no_longer_for_everybody_are_left_out(
    env: Env, simcord_bot: PunchlineBot, server: FakeModelServer, home: Place, closed: str
) -> None:
    office = home.guild.create_text_channel("office")
    await told(server, office, "Elsewhere. Haha", [home.member])
    ever = await home.member.slash(home.channel, "top", period="ever")
    assert public_card(ever).text == "1. **Elsewhere. Haha**\nA duck: 😂 1, 😐 0"
    channel = simcord_bot.get_channel(office.id)
    assert isinstance(channel, discord.TextChannel)
    if closed == "deleted":
        await channel.delete()
    else:
        channel.nsfw = True
    said = refusal(env, await home.member.slash(home.channel, "top", period="ever"))
    assert said.startswith("Nobody has laughed at a joke yet.")


async def test_another_servers_jokes_are_its_own(
    env: Env, server: FakeModelServer, home: Place, elsewhere: Place
) -> None:
    await told(server, elsewhere.channel, "Theirs. Haha", [elsewhere.member])
    assert refusal(env, await home.member.slash(home.channel, "top")).startswith("Nobody has laughed")


def test_the_picture_takes_any_script_and_any_length() -> None:
    jokes = [VotedJoke("猫" * 300, "为什么猫在会议室里？", 2, 0), VotedJoke("🦝", "W" * 5000, 1, 0)]
    made = sketch(Text(EVER), jokes)
    assert draw(made.data).startswith(b"\x89PNG")  # type: ignore[arg-type]  # as JSON it is any data
    assert len(made.alt) < 700
