"""`/settings`: the monthly cap, and the channel for admins."""

from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from tests.cogs.conftest import Place
from tests.cogs.seen import refusal, rows


def fields(result: object) -> dict[str, str]:
    """The card's fields by name."""
    response = getattr(result, "response", None)
    assert response is not None
    assert response.ephemeral
    return {field.name: field.value for field in response.embeds[0].fields}


async def test_a_server_that_set_nothing_has_no_cap_and_no_channels(admin: MemberActor, channel: ChannelHandle) -> None:
    shown = await admin.slash(channel, "settings show")
    assert fields(shown) == {
        "Monthly cap on training": "none",
        "Spent this month": "$0.00",
        "Channel for admins": "none",
        "Channel for the weekly digest": "none",
        "Language of what the bot posts": "the server's language in Discord",
        "Contributions": "not turned on by the bot's operator (`CONTRIBUTIONS`)",
    }


async def test_a_cap_is_kept_and_lifted(app: App, admin: MemberActor, channel: ChannelHandle) -> None:
    kept = await admin.slash(channel, "settings cap", amount=12.5)
    assert fields(kept)["Monthly cap on training"] == "$12.50"
    (row,) = await rows(app, "guild_settings")
    assert (row["monthly_cap_microdollars"], row["updated_by"]) == (12_500_000, admin.id)
    lifted = await admin.slash(channel, "settings cap", lift=True)
    assert fields(lifted)["Monthly cap on training"] == "none"


async def test_a_command_without_options_shows_and_changes_nothing(app: App, home: Place) -> None:
    await home.admin.slash(home.channel, "settings cap", amount=3)
    await home.admin.slash(home.channel, "settings channel", channel=home.channel)
    before = await rows(app, "guild_settings")
    for command in ("settings cap", "settings channel"):
        shown = fields(await home.admin.slash(home.channel, command))
        assert (shown["Monthly cap on training"], shown["Channel for admins"]) == ("$3.00", f"<#{home.channel.id}>")
    assert await rows(app, "guild_settings") == before


async def test_a_channel_is_cleared_on_request_and_only_then(app: App, env: Env, home: Place) -> None:
    await home.admin.slash(home.channel, "settings channel", channel=home.channel)
    both = await home.admin.slash(home.channel, "settings channel", channel=home.channel, clear=True)
    assert refusal(env, both) == "Choose one of the two options, not both."
    both = await home.admin.slash(home.channel, "settings cap", amount=1, lift=True)
    assert refusal(env, both) == "Choose one of the two options, not both."
    cleared = await home.admin.slash(home.channel, "settings channel", clear=True)
    assert fields(cleared)["Channel for admins"] == "none"


async def test_the_channel_for_admins_leaves_the_cap_as_it_is(app: App, home: Place) -> None:
    await home.admin.slash(home.channel, "settings cap", amount=3)
    chosen = await home.admin.slash(home.channel, "settings channel", channel=home.channel)
    assert fields(chosen)["Channel for admins"] == f"<#{home.channel.id}>"
    assert fields(chosen)["Monthly cap on training"] == "$3.00"


async def test_one_servers_settings_are_not_anothers(home: Place, elsewhere: Place) -> None:
    await home.admin.slash(home.channel, "settings cap", amount=3)
    shown = await elsewhere.admin.slash(elsewhere.channel, "settings show")
    assert fields(shown)["Monthly cap on training"] == "none"
