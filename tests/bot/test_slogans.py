"""Slogans: the recipe's request to the letter."""

import json

import pytest

from bot.app import App
from bot.errors import InvalidInputError, ServerNonsenseError
from bot.kinds import SLOGAN
from bot.slogans import SloganRequest
from tests.bot.parts import GUILD, MEMBER, START, are_small, count
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

SYSTEM = "You are an assistant that creates a slogan based on company description"
COMPANY = "A company that sells ice cream"


async def test_it_asks_exactly_as_the_recipe_does(app: App, server: FakeModelServer) -> None:
    await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY))
    (call,) = server.calls("chat")
    assert call.body == {
        "model": "gpt-6-luna",
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": COMPANY}],
        "n": 1,
        "temperature": 1,
    }


async def test_a_small_model_is_shown_ten_examples_before_the_recipes_message(
    app: App, server: FakeModelServer
) -> None:
    are_small(server)
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY, style="rhyming"))
    with SLOGAN.examples.open(encoding="utf-8") as lines:
        shipped = [json.loads(line)["messages"] for line, _ in zip(lines, range(10), strict=False)]
    (call,) = server.calls("chat")
    assert call.body["messages"] == [
        {"role": "system", "content": SYSTEM},
        *(turn for example in shipped for turn in example[1:]),
        {"role": "user", "content": f"{COMPANY}\nStyle: rhyming"},
    ]
    assert (call.body["n"], written.examples) == (1, 10)
    kept = await app.generations.find(GUILD, written.id or 0)
    assert kept.request == {
        "description": COMPANY,
        "count": 1,
        "temperature": None,
        "style": "rhyming",
        "model": None,
        "like": None,
    }


async def test_a_large_model_is_shown_none(app: App) -> None:
    assert (await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY))).examples == 0


async def test_options_change_the_request_and_a_style_has_a_line_of_its_own(app: App, server: FakeModelServer) -> None:
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY, 3, 0.2, "rhyming"))
    (call,) = server.calls("chat")
    assert (call.body["n"], call.body["temperature"]) == (3, 0.2)
    assert call.body["messages"][1]["content"] == f"{COMPANY}\nStyle: rhyming"
    assert (written.description, len(written.texts)) == (COMPANY, 3)


async def test_what_was_written_is_kept_with_all_that_was_asked(app: App, server: FakeModelServer) -> None:
    server.say = lambda _asked: "A lick of luck."
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY, style="short"))
    kept = await app.generations.find(GUILD, written.id or 0)
    assert (kept.kind, kept.user_id, kept.texts, kept.fine_tuned) == ("slogan", MEMBER, ("A lick of luck.",), False)
    assert kept.request == {
        "description": COMPANY,
        "count": 1,
        "temperature": None,
        "style": "short",
        "model": None,
        "like": None,
    }
    assert (kept.model, kept.created_at) == ("gpt-6-luna", START)
    assert kept.completion.startswith('{"id": "chatcmpl-')


def choices(*texts: str | None) -> replies.Reply:
    return replies.ok(
        {"model": "m", "choices": [{"message": {"role": "assistant", "content": text}} for text in texts]}
    )


async def test_empty_answers_are_left_out(app: App, server: FakeModelServer) -> None:
    server.script("chat", choices("Lick it.", "", None, "Melt on."))
    assert (await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY, 4))).texts == ("Lick it.", "Melt on.")


async def test_nothing_but_empty_answers_is_said_not_kept_and_still_on_the_bill(
    app: App, server: FakeModelServer
) -> None:
    server.script("chat", choices("  ", None))
    with pytest.raises(ServerNonsenseError) as refused:
        await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY))
    assert (
        str(refused.value) == "The model returned an empty answer. Try again, or describe the company in other words."
    )
    assert (await count(app.database, "generations"), await count(app.database, "usage")) == (0, 1)


async def test_a_blank_description_is_refused_before_anybody_is_asked(app: App, server: FakeModelServer) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await app.slogans.write(GUILD, MEMBER, SloganRequest(" "))
    assert str(refused.value) == "Describe the company in a few words, such as: A company that sells ice cream"
    assert server.history == []


async def test_half_a_character_in_an_answer_does_not_lose_it(app: App, server: FakeModelServer) -> None:
    server.script("chat", choices("Cold \ud83c comfort."))
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY))
    assert written.texts == ("Cold ? comfort.",)


async def test_again_asks_the_same_once_more(app: App, server: FakeModelServer) -> None:
    request = SloganRequest(COMPANY, 2, 0.5, "short")
    first = await app.slogans.write(GUILD, MEMBER, request)
    await app.slogans.again(GUILD, MEMBER, first.id or 0)
    once, again = (call.body for call in server.calls("chat"))
    assert once == again
