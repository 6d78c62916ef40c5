"""A server's collection: current, its own, embedded bit by bit, and blocked by nothing."""

import math

import pytest

from bot.app import App, open_app
from bot.errors import NotFoundError
from bot.settings import Settings
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, keep
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


async def test_a_collection_is_loaded_from_what_was_embedded_before(
    app: App, server: FakeModelServer, settings: Settings
) -> None:
    for number in range(70):
        await keep(app, f"joke {number}")
    await keep(app, "theirs", guild_id=OTHER_GUILD)
    first = await app.meaning.search.search(GUILD, MEMBER, "a query")
    assert (first.ready, first.total) == (0, 70)
    while await app.meaning.index.round() == 0:
        pass
    asked = len(server.calls("embeddings"))
    async with open_app(settings) as again:
        found = await again.meaning.search.search(GUILD, MEMBER, "ducks joke 3")
        assert (found.ready, found.total) == (70, 70)
        assert (found.found[0].kept.text, round(found.found[0].cosine, 6)) == ("joke 3", 1.0)
        assert await again.meaning.index.round() == 3600
    assert len(server.calls("embeddings")) == asked


async def test_of_several_slogans_of_one_request_the_nearest_is_shown(app: App) -> None:
    number = await keep(app, "one", "two", "three")
    found = await app.meaning.search.search(GUILD, MEMBER, "ducks two")
    assert [(one.kept.generation_id, one.kept.text) for one in found.found] == [(number, "two")]


async def test_a_text_that_the_server_refuses_does_not_hold_up_the_others(app: App, server: FakeModelServer) -> None:
    for text in ("good", "bad", "fine"):
        await keep(app, text)
    one = {"model": "m", "data": [{"index": 0, "embedding": [1.0, 1.0]}], "usage": {}}
    query = {**one, "data": [{"index": 0, "embedding": [1.0, 0.9]}]}
    refused = replies.error(400, "bad")
    server.script("embeddings", replies.ok(query), refused, replies.ok(one), refused)
    found = await app.meaning.search.search(GUILD, MEMBER, "query")
    assert {result.kept.text for result in found.found} == {"good"}
    assert (found.ready, found.total) == (1, 1)


async def test_the_background_waits_a_minute_when_the_server_is_down(app: App, server: FakeModelServer) -> None:
    for number in range(70):
        await keep(app, f"joke {number}")
    await app.meaning.search.search(GUILD, MEMBER, "query")
    server.script("embeddings", replies.reset())
    assert await app.meaning.index.round() == 60
    assert await app.meaning.index.round() == 0


async def test_servers_that_never_searched_are_not_embedded(app: App, server: FakeModelServer) -> None:
    await keep(app, "joke")
    assert await app.meaning.index.round() == 3600
    assert server.history == []


async def test_another_servers_joke_is_like_nothing_here(app: App) -> None:
    theirs = await keep(app, "theirs", guild_id=OTHER_GUILD)
    with pytest.raises(NotFoundError, match="no longer saved"):
        await app.meaning.search.like(GUILD, MEMBER, theirs)


def toward(server: FakeModelServer, **directions: float) -> None:
    """Texts that end in a word point so many degrees away from a query for ducks."""
    angles = {word: math.radians(degrees) for word, degrees in directions.items()}
    server.vector = lambda text: [math.cos(angle := angles[text.split()[-1].casefold()]), math.sin(angle)]


async def test_only_what_is_at_least_loosely_related_is_found(app: App, server: FakeModelServer) -> None:
    toward(server, ducks=0, geese=30, goats=74, cars=77)
    for text in ("cars", "goats", "geese"):
        await keep(app, text)
    found = await app.meaning.search.search(GUILD, MEMBER, "about ducks")
    assert [one.kept.text for one in found.found] == ["geese", "goats"]
    toward(server, ducks=0, geese=30, goats=74, cars=77, boats=110)
    assert (await app.meaning.search.search(GUILD, MEMBER, "boats")).found != ()
    server.vector = lambda _text: [-1.0, -1.0]
    assert (await app.meaning.search.search(GUILD, MEMBER, "else")).found == ()


async def test_the_same_words_are_found_once_and_never_beside_themselves(app: App, server: FakeModelServer) -> None:
    toward(server, duck=0, goose=30)
    number = await keep(app, "A duck", "another duck")
    for text in ("a  DUCK", "a goose", "A goose", "another duck", "One more duck"):
        await keep(app, text)
    liked = await app.meaning.search.like(GUILD, MEMBER, number)
    assert [one.kept.text for one in liked.found] == ["a goose"]


async def test_many_repetitions_of_one_text_hide_no_other(app: App, server: FakeModelServer) -> None:
    toward(server, ducks=0, geese=30, goats=40)
    for _ in range(90):
        await keep(app, "geese")
    await keep(app, "goats")
    await app.meaning.search.search(GUILD, MEMBER, "about ducks")
    while await app.meaning.index.round() == 0:
        pass
    found = await app.meaning.search.search(GUILD, MEMBER, "about ducks")
    assert [one.kept.text for one in found.found] == ["geese", "goats"]
