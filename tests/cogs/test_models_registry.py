"""`/models rollback`, `rename`, `archive` and `compare`, and what `/joke` says when the model in use is gone."""

from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.store.models import ModelStore
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.seen import answer, names, private_card, public_card, refusal, rows
from tests.cogs.stock import models
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

BASE = "gpt-4.1-mini-2025-04-14"
DAY = "<t:1795348800:d>"
GONE = replies.error(404, "no such model", "model_not_found")


def text(result: object) -> tuple[str, bool]:
    said = answer(result)  # type: ignore[arg-type]  # whatever was asked
    return said.content, said.ephemeral


async def test_the_list_tells_name_score_loss_and_the_last_switches(
    app: App, clock: Watch, channel: ChannelHandle, admin: MemberActor
) -> None:
    await models(app, admin.guild.id, ["ft:old", "ft:new", "ft:away"])
    store = ModelStore(app.database)
    await app.database.write("UPDATE models SET score = 0.9167 WHERE model = 'ft:new'")
    await app.registry.rename(admin.guild.id, "ft:new", "Ducks*")
    await app.registry.archive(admin.guild.id, "ft:away")
    await admin.slash(channel, "models use", model="ducks*")
    await admin.slash(channel, "models use", model="base")
    await store.mark_lost(1, clock.now)
    listed = private_card(await admin.slash(channel, "models list"))
    assert listed.text == (
        "▶️ `base`: gpt-6-luna with examples in the prompt\n"
        f"▫️ **Ducks\\*** `ft:new`, tuned from {BASE} by job 1 on “for-models”, 92% in format, {DAY}\n"
        f"▫️ `ft:old`, tuned from {BASE} by job 1 on “for-models”, {DAY}, ⚠️ gone since {DAY}"
    )
    when = "<t:1795348800:f>"
    assert listed.fields["Last switches"] == (
        f"{when} `base` by <@{admin.id}>\n{when} **Ducks\\*** by <@{admin.id}>\n{when} `ft:old` when its job was done"
    )


async def test_a_rollback_says_from_what_to_what(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor
) -> None:
    said = "There is nothing to roll back to: this server has used no model but the base. `/models use` switches to another."
    assert refusal(env, await admin.slash(channel, "models rollback")) == said
    await models(app, admin.guild.id, ["ft:old", "ft:new"])
    await admin.slash(channel, "models use", model="ft:new")
    done = await admin.slash(channel, "models rollback")
    assert text(done) == (
        "Rolled back from `ft:new` to `ft:old`. Another `/models rollback` returns to `ft:new`.",
        False,
    )
    switched = [(row["model_id"], row["activated_by"]) for row in await rows(app, "activations")]
    assert switched == [(1, None), (2, admin.id), (1, admin.id)]


async def test_a_name_can_be_used_wherever_a_model_is_named(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor
) -> None:
    await models(app, admin.guild.id, ["ft:old", "ft:new"])
    named = await admin.slash(channel, "models rename", model="ft:new", name="Ducks")
    assert text(named) == ("This model is now called **Ducks**.", True)
    taken = await admin.slash(channel, "models rename", model="ft:old", name="DUCKS")
    assert refusal(env, taken) == "`ft:new` is called “DUCKS” already. Choose another name."
    used = await admin.slash(channel, "models use", model="ducks")
    assert text(used) == ("Jokes now come from **Ducks**.", False)
    told = await admin.slash(channel, "joke", scenario="A duck", model="DUCKS")
    assert public_card(told).footer == "Told by this server's own model “Ducks”"
    assert [(row["model"], row["name"]) for row in await rows(app, "models")] == [("ft:old", None), ("ft:new", "Ducks")]


async def test_a_model_is_archived_after_switching_away_and_use_brings_it_back(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor
) -> None:
    await models(app, admin.guild.id, ["ft:old", "ft:new"])
    said = "`ft:old` tells this server's jokes. Switch with `/models use` first, then archive it."
    assert refusal(env, await admin.slash(channel, "models archive", model="ft:old")) == said
    await admin.slash(channel, "models use", model="ft:new")
    archived = await admin.slash(channel, "models archive", model="ft:old")
    assert text(archived) == ("`ft:old` is archived. `/models use` brings it back.", True)
    assert "ft:old" not in (private_card(await admin.slash(channel, "models list")).text or "")
    back = await admin.slash(channel, "models use", model="ft:old")
    assert text(back) == ("Jokes now come from `ft:old`. It is no longer archived.", False)
    assert [row["archived_at"] for row in await rows(app, "models")] == [None, None]


async def test_models_are_compared_side_by_side_failures_included(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor
) -> None:
    await models(app, admin.guild.id, ["ft:old", "ft:new"])
    await app.registry.rename(admin.guild.id, "ft:new", "Ducks")
    server.say = lambda asked: "" if asked["model"] == "ft:old" else f"By {asked['model']}. Haha"
    asked = {"model1": "ducks", "model2": "base", "model3": "ft:old"}
    compared = public_card(await admin.slash(channel, "models compare", scenario="A duck", **asked))
    assert (compared.title, compared.footer) == ("A duck", "Tokens: prompt + answer.")
    costs = {row["model"]: row for row in await rows(app, "usage") if row["kind"] == "compare"}

    def cost(model: str) -> str:
        row = costs[model]
        return f"\n*{row['prompt_tokens']} + {row['completion_tokens']} tokens, {row['latency_ms']:.0f} ms*"

    assert compared.fields == {
        "Ducks (ft:new)": "By ft:new. Haha" + cost("ft:new"),
        "base: gpt-6-luna": "By gpt-6-luna. Haha" + cost("gpt-6-luna"),
        "ft:old": "⚠️ The model returned an empty answer. Try again, or try another scenario." + cost("ft:old"),
    }


async def test_four_endless_answers_fit_into_one_message(
    app: App, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor
) -> None:
    await models(app, admin.guild.id, [f"ft:{letter * 90}" for letter in "abc"])
    server.say = lambda _asked: "ha" * 3000
    wanted = {f"model{n}": f"ft:{letter * 90}" for n, letter in enumerate("abc", 1)}
    compared = await admin.slash(channel, "models compare", scenario="A" * 300, **wanted, model4="base")
    assert len(public_card(compared).fields) == 4


async def test_what_is_offered_suits_the_command_and_is_this_servers_own(
    app: App, home: Place, elsewhere: Place
) -> None:
    guild_id, admin, channel = home.guild.id, home.admin, home.channel
    await models(app, guild_id, ["ft:used", "ft:away", "ft:" + "x" * 100])
    await models(app, elsewhere.guild.id, ["ft:secret"])
    await app.registry.rename(guild_id, "ft:" + "x" * 100, "Long")
    await app.registry.archive(guild_id, "ft:away")
    long = f"Long (ft:{'x' * 90}…"
    offered = {
        "models use": [long, "ft:used", "ft:away (archived)", "base"],
        "models rename": [long, "ft:used"],
        "models archive": [long],
    }
    for command, expected in offered.items():
        assert [name[:97] for name in names(await admin.autocomplete(channel, command, "model", ""))] == [
            name[:97] for name in expected
        ]
    for option in ("model1", "model4"):
        found = names(await admin.autocomplete(channel, "models compare", option, ""))
        assert [name[:97] for name in found] == [long[:97], "ft:used", "base"]
    (choice,) = await admin.autocomplete(channel, "models use", "model", "long")
    assert choice["value"] == "Long"


async def test_a_joke_by_a_model_that_is_gone_comes_from_the_base_and_admins_read_why(
    app: App, server: FakeModelServer, home: Place, background: Background
) -> None:
    await models(app, home.guild.id, ["ft:old"])
    office = home.guild.create_text_channel("office")
    await home.admin.slash(home.channel, "settings channel", channel=office)
    server.script("chat", GONE)
    told = public_card(await home.member.slash(home.channel, "joke", scenario="A duck"))
    assert told.footer == "This server's own model is gone, so the base model told this one"
    for _ in range(2):
        await background.deliver()
    (notice,) = [message for message in office.history() if message.content]
    assert notice.content.startswith("⚠️ The model server no longer has `ft:old`, which told this server's jokes.")
    assert names(await home.member.autocomplete(home.channel, "joke", "model", "")) == ["base"]
