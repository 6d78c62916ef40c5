"""`/limits`: what managers see and set, and what members are told who meet a limit."""

from simcord import Env

from bot.app import App
from tests.cogs.conftest import Place, Watch
from tests.cogs.seen import answer, private_card, public_card, refusal, rows
from tests.wire.model_server import FakeModelServer


def shown(result: object) -> tuple[str, dict[str, str]]:
    """The card's lines and its fields."""
    response = getattr(result, "response", None)
    assert response is not None
    assert response.ephemeral
    embed = response.embeds[0]
    return embed.description, {field.name: field.value for field in embed.fields}


async def test_limits_are_set_one_by_one_shown_and_cleared(app: App, home: Place) -> None:
    role = home.guild.create_role("Poets")
    limits, channel = home.admin, home.channel
    await limits.slash(channel, "limits set", scope="server", monthly_dollars=12.5, daily_answers=1000)
    await limits.slash(channel, "limits set", scope="member", cooldown=60, daily_answers=1)
    await limits.slash(channel, "limits set", scope="role", role=role, daily_answers=20, daily_dollars=0.005)
    await limits.slash(channel, "limits set", scope="member", daily_answers=5)
    await limits.slash(channel, "limits exempt", role=home.guild.create_role("Staff"))
    lines, fields = shown(await limits.slash(channel, "limits show"))
    assert lines.splitlines() == [
        "**The whole server:** 1,000 answers a day, $12.50 a month",
        "**Each member:** 1 minute between two requests, 5 answers a day",
        f"**Each member with <@&{role.id}>:** 20 answers a day, $0.005 a day",
    ]
    assert list(fields) == ["Without limits of their own", "Commands for certain channels or roles"]
    assert fields["Commands for certain channels or roles"] == "none: every command is for all"
    (server, *_) = [row for row in await rows(app, "limits") if row["scope"] == "server"]
    assert (server["monthly_nanodollars"], server["updated_by"]) == (12_500_000_000, limits.id)
    lines, _ = shown(await limits.slash(channel, "limits clear", scope="member"))
    assert "**Each member:** no limits" in lines


async def test_what_cannot_be_set_is_refused_in_a_sentence(app: App, env: Env, home: Place) -> None:
    role = home.guild.create_role("Poets")

    async def told(**options: object) -> str:
        return refusal(env, await home.admin.slash(home.channel, "limits set", **options))

    assert await told(scope="member") == (
        "Choose at least one limit to set: `cooldown`, answers or dollars, in a day or a month."
    )
    assert await told(scope="role", daily_answers=1) == "Choose the role that these limits are for."
    assert await told(scope="member", role=role, daily_answers=1) == (
        "Only limits of the scope “role” are for a role. Leave the role out, or choose that scope."
    )
    assert await told(scope="server", cooldown=5) == (
        "A cooldown is each member's own. Choose the scope “member” or “role”."
    )
    nowhere = await home.admin.slash(home.channel, "limits allow", command="joke")
    assert refusal(env, nowhere) == "Choose a channel or a role that may use the command."
    assert await rows(app, "limits") == await rows(app, "command_permissions") == []


async def test_a_member_over_the_limit_is_told_so_alone_and_buttons_count_too(
    env: Env, home: Place, clock: Watch, server: FakeModelServer
) -> None:
    await home.admin.slash(home.channel, "limits set", scope="member", daily_answers=1)
    told = await home.member.slash(home.channel, "joke", scenario="A duck")
    midnight = clock.after(12 * 3600)
    refused = f"You have used your one answer for today. Try again <t:{midnight}:R>."
    assert refusal(env, await home.member.slash(home.channel, "joke", scenario="A duck")) == refused
    assert refusal(env, await home.member.click(answer(told), label="Another")) == refused
    assert len(server.calls("chat")) == 1


async def test_usage_shows_a_member_how_much_of_the_limits_is_used(home: Place) -> None:
    await home.admin.slash(home.channel, "limits set", scope="member", daily_answers=5, monthly_dollars=0.1)
    await home.admin.slash(home.channel, "limits set", scope="member", monthly_answers=100, cooldown=30)
    await home.member.slash(home.channel, "joke", scenario="A duck")
    fields = private_card(await home.member.slash(home.channel, "usage me")).fields
    assert fields["Your limits on this server"].splitlines() == [
        "30 seconds between two requests",
        "Today: 1 of 5 answers",
        "This month: 1 of 100 answers",
        "This month: $0.00 of $0.10",
    ]


async def test_a_command_can_be_for_certain_channels_and_roles(app: App, env: Env, home: Place) -> None:
    jokes, lounge = home.channel, home.guild.create_text_channel("lounge")
    poets = home.guild.create_role("Poets")
    poet = home.guild.add_member(env.create_user("poet"), roles=[poets])
    told = await home.member.slash(lounge, "joke", scenario="A duck")
    await home.admin.slash(jokes, "limits allow", command="joke", channel=jokes)
    elsewhere = f"On this server, `/joke` is for other channels: <#{jokes.id}>."
    assert refusal(env, await home.member.slash(lounge, "joke", scenario="A duck")) == elsewhere
    assert refusal(env, await home.member.click(answer(told), label="Another")) == elsewhere
    assert public_card(await home.member.slash(jokes, "joke", scenario="A duck"))
    assert public_card(await home.admin.slash(lounge, "joke", scenario="A duck")), "managers may use all commands"
    await home.admin.slash(jokes, "limits allow", command="joke", role=poets)
    assert refusal(env, await home.member.slash(jokes, "joke", scenario="A duck")) == (
        f"On this server, `/joke` is for members with one of these roles: <@&{poets.id}>."
    )
    assert public_card(await poet.slash(jokes, "joke", scenario="A duck"))
    lines = shown(await home.admin.slash(jokes, "limits show"))[1]["Commands for certain channels or roles"]
    assert lines == f"`/joke`: <#{jokes.id}> <@&{poets.id}>"
    assert public_card(await home.member.slash(lounge, "slogan", description="A shop")), "other commands stay open"
    await home.admin.slash(jokes, "limits open", command="joke")
    assert public_card(await home.member.slash(lounge, "joke", scenario="A duck"))
    assert await rows(app, "command_permissions") == []


async def test_neither_menus_nor_ask_lead_around_a_restriction(env: Env, home: Place, server: FakeModelServer) -> None:
    lounge = home.guild.create_text_channel("lounge")
    for command in ("similarity", "joke"):
        await home.admin.slash(home.channel, "limits allow", command=command, channel=home.channel)
    message = await home.admin.send(lounge, "A duck")
    assert refusal(env, await home.member.context_menu(lounge, "Find similar", message)) == (
        f"On this server, `/similarity` is for other channels: <#{home.channel.id}>."
    )
    assert refusal(env, await home.member.context_menu(lounge, "Joke about this", message)) == (
        f"On this server, `/joke` is for other channels: <#{home.channel.id}>."
    )
    await home.member.slash(lounge, "ask", question="Tell me a joke")
    assert [tool["function"]["name"] for tool in server.calls("chat")[-1].body["tools"]] == ["slogan", "models"]


async def test_one_servers_limits_are_not_anothers(home: Place, elsewhere: Place) -> None:
    await home.admin.slash(home.channel, "limits set", scope="member", daily_answers=0)
    await home.admin.slash(home.channel, "limits allow", command="joke", channel=home.channel)
    assert public_card(await elsewhere.member.slash(elsewhere.channel, "joke", scenario="A duck"))
