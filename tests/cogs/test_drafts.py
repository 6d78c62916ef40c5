"""Datasets made by hand or from tables: a draft grows example by example, and what is saved of it never changes."""

import json
from typing import Any

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.kinds import JOKE
from tests.bot.parts import path_of
from tests.cogs.conftest import Place
from tests.cogs.seen import Card, answer, card, private_card, public_card, refusal, rows
from tests.wire.model_server import FakeModelServer

TABLE = "\n".join(["Scenario,Punchline", *(f"Duck {n},Quack {n}. Haha" for n in range(1, 13)), "Duck 13,"]).encode()
UNTIL_TEN = "\n".join(f"Duck {number} => Quack {number}. Haha" for number in range(2, 11))


def lines(app: App, dataset: Any) -> list[list[tuple[str, str]]]:
    """The chats of a saved dataset."""
    content = path_of(app, dataset).read_text(encoding="utf-8")
    return [[(m["role"], m["content"]) for m in json.loads(line)["messages"]] for line in content.splitlines()]


async def test_a_table_is_shown_as_it_was_understood_and_saved_after_a_press(
    app: App, channel: ChannelHandle, admin: MemberActor
) -> None:
    shown = await admin.slash(channel, "dataset upload", file=("ducks.csv", TABLE))
    text = (
        "Read as a table with commas (CSV): 12 examples.\n1 left out:\nRow 14 has no punchline.\n"
        "12 examples. *Save* makes a dataset of them that can be trained on; the draft stays."
    )
    examples = {f"Example {n}: Duck {n}": f"Quack {n}. Haha" for n in (1, 2, 3)}
    assert public_card(shown) == Card("Draft “ducks”", text, None, examples)
    assert await rows(app, "datasets") == []
    saved = await admin.click(answer(shown), label="Save")
    assert public_card(saved).title == "Saved “ducks”"
    (dataset,) = await app.datasets.list(admin.guild.id)
    assert lines(app, dataset)[0] == [("system", JOKE.system), ("user", "Duck 1"), ("assistant", "Quack 1. Haha")]
    assert dataset.examples == 12
    assert private_card(await admin.slash(channel, "dataset review", draft="ducks")).title == "Example 1 of 12"


async def test_a_draft_grows_by_hand_and_each_save_is_a_version(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor
) -> None:
    begun = await admin.slash(channel, "dataset new", name="mine", system="Be a duck.")
    assert private_card(begun) == Card(
        "Draft “mine”", "0 examples so far. A dataset needs at least 10.", None, {"System message": "Be a duck."}
    )
    form = await admin.slash(channel, "dataset add", draft="mine")
    added = await admin.submit_modal(form, {"scenario": " Duck 1 ", "punchline": "Quack 1. Haha"})
    assert private_card(added).text == "1 example so far. A dataset needs at least 10."
    too_few = "A dataset needs at least 10 examples, and this draft has 1. Add more with `/dataset add`."
    assert refusal(env, await admin.click(answer(added), label="Save")) == too_few
    form = await admin.click(answer(added), label="Paste many")
    pasted = private_card(await admin.submit_modal(form, {"lines": UNTIL_TEN + "\nno arrow"}))
    assert pasted.text == (
        "Read as plain lines, a scenario and a punchline each: 9 examples.\n1 left out:\n"
        "Line 10 has no `=>` between scenario and punchline.\n"
        "10 examples. *Save* makes a dataset of them that can be trained on; the draft stays."
    )
    for _ in range(2):
        await admin.click(answer(added), label="Save")
    second, first = await app.datasets.list(admin.guild.id)
    assert (first.name, second.name) == ("mine", "mine v2")
    assert lines(app, first)[0] == [("system", "Be a duck."), ("user", "Duck 1"), ("assistant", "Quack 1. Haha")]


async def test_a_review_keeps_changes_and_drops(app: App, channel: ChannelHandle, admin: MemberActor) -> None:
    await admin.slash(channel, "dataset upload", file=("ducks.csv", TABLE))
    page = answer(await admin.slash(channel, "dataset review", draft="ducks"))
    assert card(page) == Card("Example 1 of 12", "**user**\nDuck 1\n**assistant**\nQuack 1. Haha")
    await admin.click(page, label="Keep")
    form = await admin.click(page, label="Edit")
    await admin.submit_modal(form, {"scenario": "Duck two", "punchline": "Quack two. Haha"})
    await admin.click(page, label="Drop")
    assert [json.loads(row["turns"])[0][1] for row in await rows(app, "draft_examples")][:3] == [
        "Duck 1",
        "Duck two",
        "Duck 4",
    ]


async def test_a_chat_of_many_turns_can_be_kept_and_dropped_but_not_edited_in_a_form(
    app: App, channel: ChannelHandle, admin: MemberActor
) -> None:
    turns = [{"from": who, "value": what} for who, what in (("human", "A"), ("gpt", "B"), ("human", "C"), ("gpt", "D"))]
    content = json.dumps([{"conversations": turns}]).encode()
    await admin.slash(channel, "dataset upload", file=("chats.json", content))
    page = answer(await admin.slash(channel, "dataset review", draft="chats"))
    assert card(page).text == "**user**\nA\n**assistant**\nB\n**user**\nC\n**assistant**\nD"
    (row,) = page.components
    disabled = {button["label"]: button.get("disabled", False) for button in dict(row)["components"]}
    assert disabled == {"Keep": False, "Edit": True, "Drop": False}


async def test_a_draft_can_be_deleted_and_its_datasets_stay(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor
) -> None:
    shown = await admin.slash(channel, "dataset upload", file=("ducks.csv", TABLE))
    await admin.click(answer(shown), label="Save")
    await admin.click(answer(shown), label="Delete draft")
    assert [dataset.name for dataset in await app.datasets.list(admin.guild.id)] == ["ducks"]
    assert await rows(app, "draft_examples") == []
    gone = "There is no draft “ducks” here. `/dataset new` begins one."
    assert refusal(env, await admin.slash(channel, "dataset review", draft="ducks")) == gone


async def test_what_people_laughed_at_becomes_a_draft_by_a_rule_that_admins_set(
    app: App, env: Env, server: FakeModelServer, home: Place, elsewhere: Place
) -> None:
    async def joke(text: str, place: Place, *voters: tuple[int, bool]) -> None:
        server.say = lambda _asked: text
        told = await app.jokes.tell(place.guild.id, 1, f"About {text}")
        for voter, funny in voters:
            await app.generations.vote(place.guild.id, voter, told.id or 0, funny=funny)

    await joke("Liked by two. Haha", home, (1, True), (2, True))
    await joke("Liked by three of four. Haha", home, (1, True), (2, True), (3, True), (4, False))
    await joke("Liked by one. Haha", home, (1, True))
    await joke("Half liked it. Haha", home, (1, True), (2, True), (3, False), (4, False))
    await joke("Liked elsewhere. Haha", elsewhere, (1, True), (2, True))
    shown = private_card(await home.admin.slash(home.channel, "dataset laughter", name="best"))
    assert (shown.text or "").startswith(
        "Read as jokes that at least 2 members and 75 % of those who voted found funny: 2 examples.\n"
    )
    assert list(shown.fields.values()) == ["Liked by three of four. Haha", "Liked by two. Haha"]
    none = "No joke has been found funny by so many yet. Choose a smaller number, or let people vote with 😂."
    assert refusal(env, await home.admin.slash(home.channel, "dataset laughter", name="more", votes=5)) == none
    assert [draft.name for draft in await app.drafts.list(home.guild.id)] == ["best"]


REFUSED = {
    "a file that is broken": (
        ("x.json", b'[{"a": '),
        "This file begins like JSON but is broken at line 1, column 8.",
    ),
    "a name that is taken": (
        ("ducks.csv", TABLE),
        "There is already a draft “ducks”. Add to it, or choose another name.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_become_a_draft_leaves_nothing(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor, case: str
) -> None:
    await admin.slash(channel, "dataset new", name="ducks")
    file, said = REFUSED[case]
    assert refusal(env, await admin.slash(channel, "dataset upload", file=file)) == said
    assert await rows(app, "draft_examples") == []
    assert list(app.settings.files_folder.glob("*")) == []


async def test_drafts_belong_to_one_server_and_to_its_managers(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor, member: MemberActor
) -> None:
    shown = answer(await admin.slash(channel, "dataset upload", file=("ducks.csv", TABLE)))
    for label in ("Save", "Add one", "Paste many", "Review", "Delete draft"):
        assert "Manage Server" in refusal(env, await member.click(shown, label=label))
    assert await app.drafts.list(admin.guild.id + 1) == ()
    assert len(await app.drafts.list(admin.guild.id)) == 1
