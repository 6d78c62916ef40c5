"""`/contribute` and `/contributions`: nothing is stored without consent, and members see what became of what they gave."""

import pytest
from simcord import Env

from bot.app import App
from bot.errors import UserError
from bot.settings import Settings
from tests.cogs.conftest import Place
from tests.cogs.contributing import CONSENT, DRAFT, give, given, opened, queue
from tests.cogs.seen import Card, answer, buttons, card, private_card, refusal, rows

OFF = "Contributions are off. The bot's operator can turn them on with the setting `CONTRIBUTIONS`."
STORED = "Server managers will review it. Use `/contributions` to see its status or to withdraw it."


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    return settings.model_copy(update={"contributions": getattr(request, "param", "on")})


@pytest.mark.parametrize("settings", ["off"], indirect=True)
async def test_nothing_is_taken_until_the_operator_turns_it_on(app: App, env: Env, home: Place) -> None:
    await app.drafts.create(home.guild.id, home.admin.id, DRAFT)
    assert refusal(env, await home.admin.slash(home.channel, "settings contributions", draft=DRAFT)) == OFF
    assert refusal(env, await home.member.slash(home.channel, "contribute")) == OFF
    assert refusal(env, await home.admin.slash(home.channel, "dataset queue")) == OFF
    assert private_card(await home.member.slash(home.channel, "contributions")).text == (
        "You have not given any examples here. Use `/contribute` to give one."
    )


async def test_an_admin_opens_and_closes_it(app: App, env: Env, home: Place) -> None:
    closed = "This server is not taking contributions right now. A server manager can open them with `/settings contributions`."
    assert refusal(env, await home.member.slash(home.channel, "contribute")) == closed
    await app.drafts.create(home.guild.id, home.admin.id, DRAFT)
    shown = await home.admin.slash(home.channel, "settings contributions", draft="Ducks")
    assert private_card(shown).fields["Contributions"] == "open for the draft “ducks”"
    assert (await home.member.slash(home.channel, "contribute")).modal is not None
    shown = await home.admin.slash(home.channel, "settings contributions", clear=True)
    assert private_card(shown).fields["Contributions"] == "closed"
    assert refusal(env, await home.member.slash(home.channel, "contribute")) == closed
    none = await home.admin.slash(home.channel, "settings contributions", draft="geese")
    assert refusal(env, none) == "There is no draft “geese” here. `/dataset new` begins one."


async def test_a_draft_that_is_deleted_closes_it_also_if_another_is_begun(app: App, env: Env, home: Place) -> None:
    draft = await opened(app, home, examples=0)
    await app.drafts.discard(home.guild.id, draft)
    assert (await app.drafts.create(home.guild.id, home.admin.id, "geese")).id == draft  # SQLite uses the number again
    assert refusal(env, await home.member.slash(home.channel, "contribute")) == (
        "This server took contributions for “ducks”, which has been deleted. A server manager can choose another draft with "
        "`/settings contributions`."
    )
    shown = private_card(await home.admin.slash(home.channel, "settings show"))
    assert shown.fields["Contributions"] == "closed: the draft “ducks” was deleted"


async def test_a_member_agrees_and_what_they_read_is_stored_with_the_example(app: App, home: Place) -> None:
    await opened(app, home)
    form = await home.member.slash(home.channel, "contribute")
    assert form.modal is not None
    said = [part["content"] for part in form.modal["components"] if "content" in part]
    assert said == [CONSENT]
    filled = {"scenario": " A *duck* ", "punchline": "It quacked. Haha", "consent": ["yes"]}
    stored = await home.member.submit_modal(form, filled)
    text = "**Scenario**\nA \\*duck\\*\n**Punchline**\nIt quacked. Haha"
    assert private_card(stored) == Card("Saved for “ducks”", text, STORED)
    (row,) = await rows(app, "contributions")
    assert (row["user_id"], row["state"], row["texts"]) == (
        home.member.id,
        "waiting",
        '[["A *duck*", "It quacked. Haha"]]',
    )
    server = "the operator's own model server (127.0.0.1)"
    assert (row["consent"], row["draft"], row["model_server"]) == (CONSENT, "ducks", server)


async def test_a_form_that_was_open_while_the_terms_changed_stores_nothing(app: App, env: Env, home: Place) -> None:
    await opened(app, home)
    form = await home.member.slash(home.channel, "contribute")
    await app.drafts.create(home.guild.id, home.admin.id, "geese")
    await home.admin.slash(home.channel, "settings contributions", draft="geese")
    filled = {"scenario": "A duck", "punchline": "It quacked. Haha", "consent": ["yes"]}
    assert refusal(env, await home.member.submit_modal(form, filled)).startswith(
        "Nothing was saved, because the terms changed"
    )
    assert await rows(app, "contributions") == []


@pytest.mark.parametrize(
    ("scenario", "punchline", "agreed", "said"),
    [
        ("A duck", "Quack", False, "Nothing was saved, because you did not agree."),
        ("A duck", " \n ", True, "An example needs a scenario and a punchline."),
        (
            "A duck",
            "Quack" * 101,
            True,
            "Nothing was saved: a scenario can have up to 300 characters, and a punchline up to 500.",
        ),
        (
            "A duck" * 51,
            "Quack",
            True,
            "Nothing was saved: a scenario can have up to 300 characters, and a punchline up to 500.",
        ),
    ],
)
async def test_without_consent_or_a_whole_example_nothing_is_stored(
    app: App, home: Place, scenario: str, punchline: str, agreed: bool, said: str
) -> None:
    await opened(app, home)
    terms = await app.contributions.terms(home.guild.id)
    with pytest.raises(UserError) as refused:
        await app.contributions.give(home.guild.id, home.member.id, terms, scenario, punchline, agreed=agreed)
    assert str(refused.value).startswith(said)
    assert await rows(app, "contributions") == []


async def test_the_same_example_is_stored_once_and_twenty_may_wait(app: App, env: Env, home: Place) -> None:
    await opened(app, home)
    await given(app, home, home.member, *(f"Goose {number}" for number in range(1, 20)))
    again = await give(home, home.member, "goose  1", "it QUACKED. haha")
    assert refusal(env, again) == "You already gave this example. `/contributions` shows its status."
    await give(home, home.member, "Goose 20")
    too_many = (
        "You already have 20 examples waiting for an admin. Withdraw one with `/contributions`, or try again later."
    )
    assert refusal(env, await give(home, home.member, "Goose 21")) == too_many
    assert len(await rows(app, "contributions")) == 20
    await give(home, home.admin, "Goose 1")  # somebody else may have the same idea
    assert len(await rows(app, "contributions")) == 21


async def test_members_see_what_became_of_each_of_their_own_and_of_nobody_elses(app: App, home: Place) -> None:
    await opened(app, home)
    await given(app, home, home.admin, "Not the member's")
    first, second, third, _ = await given(app, home, home.member, "Goose 1", "Goose 2", "Goose 3", "Goose 4")
    await app.contributions.accept(home.guild.id, home.admin.id, first)
    await app.contributions.accept(home.guild.id, home.admin.id, second, ("Goose two", "It *honked*. Haha"))
    await app.contributions.reject(home.guild.id, home.admin.id, third, "Geese [again](https://x.y)")
    page = answer(await home.member.slash(home.channel, "contributions"))
    seen = []
    for _ in range(4):
        seen.append(card(page))
        await home.member.click(page, label="Next")
    assert card(page).text == "Those were all of your examples."
    assert [(one.title, one.fields["Status"]) for one in seen] == [
        ("Your example 1 of 4", "waiting for an admin"),
        ("Your example 2 of 4", "rejected: Geese \\[again\\](https\\://x.y)"),
        ("Your example 3 of 4", "accepted and edited by an admin: the text above is the edited one"),
        ("Your example 4 of 4", "accepted"),
    ]
    assert seen[2].text == "**Scenario**\nGoose two\n**Punchline**\nIt \\*honked\\*. Haha"
    assert seen[2].fields["Your original"] == "Goose 2\nIt quacked. Haha"
    assert seen[0].fields["What you agreed to"] == CONSENT


async def test_of_a_draft_that_was_deleted_members_still_see_what_became_of_theirs(app: App, home: Place) -> None:
    draft = await opened(app, home)
    accepted, _ = await given(app, home, home.member, "Goose 1", "Goose 2")
    await app.contributions.accept(home.guild.id, home.admin.id, accepted)
    await app.drafts.discard(home.guild.id, draft)
    page = answer(await home.member.slash(home.channel, "contributions"))
    assert card(page).fields["Status"] == "the draft was deleted before an admin reviewed this"
    await home.member.click(page, label="Next")
    assert card(page).fields["Status"] == "accepted (the draft has since been deleted)"
    assert card(await queue(home)).text == "No examples are waiting."


async def test_only_who_gave_an_example_takes_it_back_and_only_in_its_server(
    app: App, home: Place, elsewhere: Place
) -> None:
    await opened(app, home)
    page = answer(await give(home, home.member, "A goose"))
    ((_, number), *_) = buttons(page)
    assert number == "withdraw-contribution:1"
    not_yours = "This is not one of your examples, or you already withdrew it."
    for place, member in ((home, home.admin), (elsewhere, elsewhere.member)):
        with pytest.raises(UserError, match=not_yours):
            await app.withdrawals.withdraw(place.guild.id, member.id, 1)
    assert private_card(await elsewhere.member.slash(elsewhere.channel, "contributions")).title is None
    await home.member.click(page, label="Withdraw")
    withdrawn = "Withdrawn. Its text is deleted here and will not be in any later version of the dataset."
    assert card(page).text == withdrawn
    (row,) = await rows(app, "contributions")
    assert (row["texts"], row["text_key"], row["state"]) == ("[]", None, "withdrawn")
    with pytest.raises(UserError, match=not_yours):
        await app.withdrawals.withdraw(home.guild.id, home.member.id, 1)
