"""`/dataset queue`: admins accept, change or reject what members gave, once, and no file says who gave it."""

import asyncio
import json
from pathlib import Path

import pytest
from simcord import Env

from bot.app import App
from bot.settings import Settings
from tests.bot.parts import waiting
from tests.cogs.conftest import Place
from tests.cogs.contributing import DRAFT, give, given, opened, queue
from tests.cogs.seen import Card, answer, buttons, card, refusal, rows

BUTTONS = ["✅ Accept", "✏️ Edit", "✖️ Reject", "➡️ Skip"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contributions": "on"})


def contents(folder: Path) -> list[str]:
    return [path.read_text("utf-8") for path in folder.iterdir()]


async def in_draft(app: App) -> list[tuple[str, str]]:
    """What the draft holds of contributions."""
    found = await app.database.fetch_all(
        "SELECT turns FROM draft_examples WHERE contribution_id IS NOT NULL ORDER BY id"
    )
    return [(question, joke) for row in found for (_, question), (_, joke) in [json.loads(row["turns"])]]


async def test_each_is_accepted_changed_rejected_or_left(app: App, home: Place) -> None:
    await opened(app, home)
    await given(app, home, home.member, "Goose <@1>", "Goose 2", "Goose 3", "Goose 4")
    page = await queue(home)
    assert page.ephemeral
    fields = {"From": f"<@{home.member.id}>", "For": "ducks"}
    text = "**Scenario**\nGoose \\<@1\\>\n**Punchline**\nIt quacked. Haha"
    assert card(page) == Card("Waiting examples: 4", text, None, fields)
    assert [face for face, _ in buttons(page)] == BUTTONS
    await home.admin.click(page, label="Accept")
    assert page.content == "Accepted. The draft “ducks” has 11 examples now."
    await home.admin.click(page, label="Skip")
    assert (page.content, card(page).title) == ("", "Waiting examples: 3")
    form = await home.admin.click(page, label="Edit")
    await home.admin.submit_modal(form, {"scenario": "Goose three", "punchline": "It honked. Haha"})
    form = await home.admin.click(page, label="Reject")
    await home.admin.submit_modal(form, {"lines": "We have it already"})
    assert card(page).text == "No examples are waiting."
    assert page.content == "Rejected. The member sees your reason with `/contributions`."
    assert await in_draft(app) == [("Goose <@1>", "It quacked. Haha"), ("Goose three", "It honked. Haha")]
    found = [(row["state"], row["reason"], row["judged_by"]) for row in await rows(app, "contributions")]
    by = home.admin.id
    assert found == [
        ("accepted", None, by),
        ("waiting", None, None),
        ("changed", None, by),
        ("rejected", "We have it already", by),
    ]
    assert card(await queue(home)).title == "Waiting examples: 1"


async def test_two_admins_who_press_at_once_add_it_once(app: App, env: Env, home: Place) -> None:
    await opened(app, home)
    await given(app, home, home.member, "A goose")
    first, second = await queue(home), await queue(home)
    form = await home.admin.click(second, label="Edit")
    await home.admin.click(first, label="Accept")
    judged = "This example was already judged: accepted."
    for label in ("Accept", "Edit", "Reject"):
        assert refusal(env, await home.admin.click(second, label=label)) == judged
    late = await home.admin.submit_modal(form, {"scenario": "Mine", "punchline": "Mine. Haha"})
    assert refusal(env, late) == judged
    assert await in_draft(app) == [("A goose", "It quacked. Haha")]


async def test_what_was_withdrawn_or_is_for_a_deleted_draft_cannot_be_accepted(app: App, env: Env, home: Place) -> None:
    draft = await opened(app, home)
    first, _ = await given(app, home, home.member, "Goose 1", "Goose 2")
    page = await queue(home)
    await app.withdrawals.withdraw(home.guild.id, home.member.id, first)
    withdrawn = "The member has withdrawn this example."
    assert refusal(env, await home.admin.click(page, label="Accept")) == withdrawn
    page = await queue(home)
    await app.drafts.discard(home.guild.id, draft)
    gone = "This example was given for “ducks”, which has been deleted, so it cannot be used."
    assert refusal(env, await home.admin.click(page, label="Accept")) == gone
    assert await rows(app, "draft_examples") == []


async def test_who_lost_the_right_and_other_servers_cannot_judge(
    app: App, env: Env, home: Place, elsewhere: Place
) -> None:
    await opened(app, home)
    await given(app, home, home.member, "A goose")
    page = await queue(home)
    managers = home.guild.roles["Managers"]
    env.backend.edit_role(home.guild.id, managers.id, {"permissions": 0})
    for label in ("Accept", "Edit", "Reject", "Skip"):
        assert "Manage Server" in refusal(env, await home.admin.click(page, label=label))
    assert card(await queue(elsewhere)).text == "No examples are waiting."
    with pytest.raises(Exception, match="There is no such example here"):
        await app.contributions.accept(elsewhere.guild.id, elsewhere.admin.id, 1)
    assert [row["state"] for row in await rows(app, "contributions")] == ["waiting"]


async def test_admins_are_told_once_a_day_that_something_waits(app: App, home: Place) -> None:
    await opened(app, home)
    for scenario in ("Goose 1", "Goose 2"):
        await give(home, home.member, scenario)
    (told,) = await waiting(app)
    assert (told.kind, told.body) == (
        "notice",
        "A member gave an example for “ducks”. `/dataset queue` shows what is waiting.",
    )


async def test_a_review_tells_the_member_of_changes_and_of_what_was_dropped(app: App, home: Place) -> None:
    await opened(app, home, examples=0)
    for number in await given(app, home, home.member, "Goose 1", "Goose 2"):
        await app.contributions.accept(home.guild.id, home.admin.id, number)
    page = answer(await home.admin.slash(home.channel, "dataset review", draft=DRAFT))
    form = await home.admin.click(page, label="Edit")
    await home.admin.submit_modal(form, {"scenario": "Goose one", "punchline": "It quacked. Haha"})
    await home.admin.click(page, label="Drop")
    found = [(row["state"], json.loads(row["texts"])) for row in await rows(app, "contributions")]
    assert found == [
        ("changed", [["Goose 1", "It quacked. Haha"], ["Goose one", "It quacked. Haha"]]),
        ("dropped", [["Goose 2", "It quacked. Haha"]]),
    ]


async def test_no_file_and_no_export_says_who_gave_an_example(app: App, home: Place) -> None:
    draft = await opened(app, home)
    for number in await given(app, home, home.member, "Goose 1", "Goose 2"):
        await app.contributions.accept(home.guild.id, home.admin.id, number)
    saved = (await app.drafts.save(home.guild.id, home.admin.id, draft)).dataset
    await app.datasets.split(home.guild.id, home.admin.id, saved.name, 10, 1)
    exported = answer(await home.admin.slash(home.channel, "dataset export", name=DRAFT))
    assert len(exported.attachments) == 1
    content = "".join(await asyncio.to_thread(contents, app.settings.files_folder))
    assert content.count("Goose 1") == 2
    for secret in (str(home.member.id), home.member.name, "contribution"):
        assert secret not in content
