"""`/prompt`: a form for each version, a list, a switch, and versions side by side."""

from typing import Any

from simcord import Env

from bot.app import App
from bot.store.models import ModelStore
from bot.texts.common import NO_RIGHTS
from tests.cogs.conftest import Place
from tests.cogs.seen import Card, answer, buttons, names, private_card, public_card, refusal, rows
from tests.wire.model_server import FakeModelServer

DAY = "<t:1795348800:f>"
DRY = {"system": "Be dry.", "examples": "A duck => It sank.", "step": "none", "instruction": ""}


async def typed(home: Place, kind: str = "joke", name: str = "dry", **fields: str) -> Any:
    """Fill in the form."""
    form = await home.admin.slash(home.channel, "prompt add", kind=kind, name=name)
    values: dict[str, Any] = {**DRY, **fields}
    values["step"] = [values["step"]]
    return await home.admin.submit_modal(form, values)


def started(form: Any) -> dict[str, Any]:
    """What the fields of a form begin with."""
    fields = [label["component"] for label in form.modal["components"]]
    chosen = {one["custom_id"]: one.get("options", []) for one in fields}
    return {
        one["custom_id"]: next((o["value"] for o in chosen[one["custom_id"]] if o.get("default")), one.get("value", ""))
        for one in fields
    }


async def test_a_form_makes_the_next_version_and_begins_with_the_one_before(app: App, home: Place) -> None:
    saved = await typed(home, step="polish", instruction="Make it shorter.")
    shown = private_card(saved)
    assert (shown.title, shown.fields) == (
        "Saved “dry v1”",
        {
            "System message": "Be dry.",
            "Examples": "1 example",
            "Second step": "polish: rewrites its draft (“Make it shorter.”)",
        },
    )
    form = await home.admin.slash(home.channel, "prompt add", kind="joke", name="DRY")
    begun = started(form)
    assert begun == {**DRY, "step": "polish", "instruction": "Make it shorter."}
    again = await home.admin.submit_modal(form, {**begun, "step": ["polish"], "system": "Be drier."})
    assert private_card(again).title == "Saved “DRY v2”"
    versions = await rows(app, "prompts")
    assert [(row["version"], row["system"], row["examples"], row["step"], row["instruction"]) for row in versions] == [
        (1, "Be dry.", '[["A duck", "It sank."]]', "polish", "Make it shorter."),
        (2, "Be drier.", '[["A duck", "It sank."]]', "polish", "Make it shorter."),
    ]


async def test_a_faulty_form_is_refused_and_nothing_is_stored(app: App, env: Env, home: Place) -> None:
    said = "Line 1 has no `=>` between question and answer: “A duck sank”."
    assert refusal(env, await typed(home, examples="A duck sank")) == said
    taken = await home.admin.slash(home.channel, "prompt add", kind="joke", name="shipped")
    assert refusal(env, taken) == "“shipped” is the name of the built-in prompt. Choose another."
    assert await rows(app, "prompts") == []


async def test_the_base_tells_jokes_by_the_prompt_in_use_and_the_list_shows_it(
    app: App, home: Place, server: FakeModelServer
) -> None:
    await typed(home)
    await typed(home, "slogan", "catchy", system="Be *catchy*.", examples="", step="pick")
    used = await home.admin.slash(home.channel, "prompt use", prompt="dry v1")
    assert (answer(used).content, answer(used).ephemeral) == ("The base model now tells jokes with **dry v1**.", False)
    told = public_card(await home.member.slash(home.channel, "joke", scenario="A fox"))
    assert told.footer == "Told by the base model with the prompt “dry v1”"
    assert server.calls("chat")[-1].body["messages"][0]["content"] == "Be dry."
    listed = private_card(await home.admin.slash(home.channel, "prompt list"))
    assert listed == Card(
        "Prompts",
        "▫️ `shipped` for jokes\n▶️ `shipped` for slogans\n"
        "▫️ **catchy v1** for slogans: 0 examples, then picks. Be \\*catchy\\*.\n"
        "▶️ **dry v1** for jokes: 1 example. Be dry.",
        "▶️ marks the prompt in use. Switch with /prompt use.",
        {"Last switches": f"{DAY} **dry v1** for jokes by <@{home.admin.id}>"},
    )
    back = await home.admin.slash(home.channel, "prompt use", prompt="shipped")
    assert answer(back).content == "The base model now tells jokes with the shipped prompt."
    await home.admin.slash(home.channel, "prompt use", prompt="catchy", kind="slogan")
    written = await home.member.slash(home.channel, "slogan", description="A shop")
    assert public_card(written).footer == "Written by the base model with the prompt “catchy v1”"


async def test_a_tuned_model_still_goes_first_and_the_reply_says_so(app: App, home: Place) -> None:
    store = ModelStore(app.database)
    model = await store.add(home.guild.id, "ft:mine", base_model="x", job_id=None, now=app.clock())
    await store.activate(home.guild.id, model.id, activated_by=None, now=app.clock())
    saved = await typed(home)
    used = await home.admin.click(answer(saved), label="Use it")
    assert answer(used).content == (
        "The base model now tells jokes with **dry v1**. This server's own model `ft:mine` still comes first; "
        "`/models use base` switches to the base model."
    )


async def test_versions_are_compared_side_by_side_and_one_is_put_to_use(
    app: App, env: Env, home: Place, server: FakeModelServer
) -> None:
    await typed(home)
    await typed(home, system="Be drier.")
    server.say = lambda asked: f"{asked['messages'][0]['content']} Haha"
    choice = {"a": "dry v1", "b": "dry v2", "c": "shipped"}
    compared = await home.admin.slash(home.channel, "prompt compare", scenario="A fox", **choice)
    shown = public_card(compared)
    assert (shown.title, list(shown.fields)) == ("A fox", ["dry v1", "dry v2", "shipped"])
    assert shown.fields["dry v2"].startswith("Be drier. Haha\n*")
    assert buttons(answer(compared)) == [("✅ Use dry v1", "use-prompt:1"), ("✅ Use dry v2", "use-prompt:2")]
    assert refusal(env, await home.member.click(answer(compared), label="Use dry v2")) == str(NO_RIGHTS)
    await home.admin.click(answer(compared), label="Use dry v2")
    (used,) = await rows(app, "prompt_uses")
    assert (used["prompt_id"], used["used_by"], used["evidence"]) == (2, home.admin.id, None)
    unknown = await home.admin.slash(home.channel, "prompt compare", scenario="A fox", a="dry", b="wet")
    said = "This server has no prompt “wet” for jokes. `/prompt list` shows its prompts."
    assert refusal(env, unknown) == said


async def test_versions_complete_themselves_by_kind(home: Place, elsewhere: Place) -> None:
    await typed(home)
    await typed(home, "slogan", "catchy", examples="")
    offered = await home.admin.autocomplete(home.channel, "prompt use", "prompt", "")
    assert names(offered) == ["shipped", "dry v1"]
    offered = await home.admin.autocomplete(home.channel, "prompt use", "prompt", "", kind="slogan")
    assert names(offered) == ["shipped", "catchy v1"]
    assert names(await elsewhere.admin.autocomplete(elsewhere.channel, "prompt use", "prompt", "")) == ["shipped"]
