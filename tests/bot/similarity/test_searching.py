"""A server's collection: current, its own, embedded bit by bit, and blocked by nothing."""

import pytest

from bot.app import App, open_app
from bot.errors import NotFoundError
from bot.settings import Settings
from bot.store.generations import GenerationStore, Usage, UsageStore
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, START, answered
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


async def keep(app: App, *texts: str, guild_id: int = GUILD) -> int:
    request = {"scenario": "ducks"}
    usage = await UsageStore(app.database).add(Usage(guild_id, MEMBER, "joke", "gpt-6-luna", 36, 12, 80.5, START))
    return await GenerationStore(app.database).add(usage, "ducks", request, answered(*texts), fine_tuned=False)


async def test_a_collection_is_loaded_from_what_was_embedded_before(
    app: App, server: FakeModelServer, settings: Settings
) -> None:
    for number in range(70):
        await keep(app, f"joke {number}")
    await keep(app, "theirs", guild_id=OTHER_GUILD)
    first = await app.meaning.search.search(GUILD, MEMBER, "a query")
    assert (first.ready, first.total) == (0, 70)
    while await app.meaning.indexer.round() == 0:
        pass
    asked = len(server.calls("embeddings"))
    async with open_app(settings) as again:
        found = await again.meaning.search.search(GUILD, MEMBER, "ducks joke 3")
        assert (found.ready, found.total, len(found.found)) == (70, 70, 10)
        assert (found.found[0].kept.text, round(found.found[0].cosine, 6)) == ("joke 3", 1.0)
        assert await again.meaning.indexer.round() == 3600
    assert len(server.calls("embeddings")) == asked


async def test_of_several_slogans_of_one_request_the_nearest_is_shown(app: App) -> None:
    number = await keep(app, "one", "two", "three")
    found = await app.meaning.search.search(GUILD, MEMBER, "ducks two")
    assert [(one.kept.generation_id, one.kept.text) for one in found.found] == [(number, "two")]


async def test_a_text_that_the_server_refuses_does_not_hold_up_the_others(app: App, server: FakeModelServer) -> None:
    for text in ("good", "bad", "fine"):
        await keep(app, text)
    one = {"model": "m", "data": [{"index": 0, "embedding": [1.0, 1.0]}], "usage": {}}
    server.vector = lambda _text: [1.0, 1.0]
    refused = replies.error(400, "bad")
    server.script("embeddings", replies.ok(one), refused, replies.ok(one), refused)
    found = await app.meaning.search.search(GUILD, MEMBER, "query")
    assert {result.kept.text for result in found.found} == {"good"}
    assert (found.ready, found.total) == (1, 1)


async def test_the_background_waits_a_minute_when_the_server_is_down(app: App, server: FakeModelServer) -> None:
    for number in range(70):
        await keep(app, f"joke {number}")
    await app.meaning.search.search(GUILD, MEMBER, "query")
    server.script("embeddings", replies.reset())
    assert await app.meaning.indexer.round() == 60
    assert await app.meaning.indexer.round() == 0


async def test_servers_that_never_searched_are_not_embedded(app: App, server: FakeModelServer) -> None:
    await keep(app, "joke")
    assert await app.meaning.indexer.round() == 3600
    assert server.history == []


async def test_another_servers_joke_is_like_nothing_here(app: App) -> None:
    theirs = await keep(app, "theirs", guild_id=OTHER_GUILD)
    with pytest.raises(NotFoundError, match="no longer kept"):
        await app.meaning.search.like(GUILD, MEMBER, theirs)
