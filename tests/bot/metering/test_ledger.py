"""The ledger: a row before each request with the most that it can cost, and what it did cost afterwards, however it ended."""

import asyncio
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, open_app
from bot.errors import ModelServerError
from bot.metering.ledger import UNLIMITED_ANSWER_TOKENS
from bot.settings import Settings
from bot.store.usage import UsageStore
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, START, StillClock, settings_for
from tests.wire import replies
from tests.wire.gate import Gate, Point
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply

PRICES = """
source = "a test"
date = 2026-11-20
[training]
[chat]
"gpt-6-luna" = { in = 0.10, out = 0.50, cached = 0.01 }
[embedding]
"text-embedding-3-small" = 0.02
"""
SAID = [{"message": {"content": "A pun. Haha"}}]
USED = {"prompt_tokens": 400, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 300}}
WORTH = 100 * 100 + 300 * 10 + 20 * 500  # billionths of a dollar


@pytest.fixture
def settings(tmp_path: Path, server: FakeModelServer) -> Settings:
    """With a price list of the operator's own, which counts on a private address, too."""
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    return settings_for(tmp_path, server.url, prices_file=tmp_path / "prices.toml", request_timeout=0.3)


async def ledger(app: App) -> list[dict[str, Any]]:
    return [dict(row) for row in await app.database.fetch_all("SELECT * FROM usage ORDER BY id")]


def ended(row: dict[str, Any]) -> tuple[object, ...]:
    """How a request ended, and what it used and cost."""
    return tuple(row[name] for name in ("outcome", "error", "prompt_tokens", "completion_tokens", "cost_nanodollars"))


async def test_an_answer_is_priced_by_the_dated_list_and_cached_tokens_cost_less(
    app: App, server: FakeModelServer
) -> None:
    server.script("chat", replies.ok({"model": "gpt-6-luna-2026-10-01", "choices": SAID, "usage": USED}))
    await app.jokes.tell(GUILD, MEMBER, "A duck")
    (row,) = await ledger(app)
    assert ended(row) == ("answered", None, 400, 20, WORTH)
    assert (row["guild_id"], row["user_id"], row["kind"], row["command"]) == (GUILD, MEMBER, "joke", "joke")
    assert (row["model"], row["cached_tokens"]) == ("gpt-6-luna-2026-10-01", 300)
    assert (date.fromisoformat(row["priced_on"]), row["created_at"][:10]) == (date(2026, 11, 20), str(START.date()))


async def test_the_row_is_there_before_the_request_with_the_most_that_it_can_cost(
    app: App, server: FakeModelServer
) -> None:
    server.gate = Gate(Point("chat", 1, "before"))
    asked = asyncio.create_task(app.jokes.tell(GUILD, MEMBER, "A duck"))
    await server.gate.reached.wait()
    (before,) = await ledger(app)
    asked.cancel()
    with suppress(asyncio.CancelledError):
        await asked
    assert (before["outcome"], before["completion_tokens"]) == ("unknown", UNLIMITED_ANSWER_TOKENS)
    assert before["cost_nanodollars"] == 100 * before["prompt_tokens"] + 500 * UNLIMITED_ANSWER_TOKENS
    assert await ledger(app) == [before], "who gives up waiting has not taken the request back"
    server.gate.open()
    await app.jokes.tell(GUILD, MEMBER, "A duck")
    _, answered = await ledger(app)
    assert 0 < answered["prompt_tokens"] < before["prompt_tokens"]


NOTHING_DONE = {
    "429": (replies.error(429, headers={"Retry-After": "7"}), "ServerBusyError"),
    "500": (replies.error(500), "ServerFailedError"),
    "401": (replies.error(401), "KeyRefusedError"),
    "400": (replies.error(400), "RequestRefusedError"),
}
MAYBE_DONE = {
    "stall": (replies.hang(), "ServerUnreachableError"),
    "slow drip": (replies.drip(), "ServerUnreachableError"),
    "504": (replies.error(504), "ServerUnreachableError"),
    "reset": (replies.reset(), "ServerUnreachableError"),
    "HTML": (replies.html(), "ServerNonsenseError"),
    "half JSON": (replies.half_json(), "ServerNonsenseError"),
    "no choices, no count": (replies.ok({"model": "gpt-6-luna", "choices": []}), "ServerNonsenseError"),
}


@pytest.mark.parametrize(("reply", "error"), NOTHING_DONE.values(), ids=NOTHING_DONE)
async def test_what_the_server_refused_cost_nothing(
    app: App, server: FakeModelServer, reply: Reply, error: str
) -> None:
    server.script("chat", reply)
    with pytest.raises(ModelServerError):
        await app.jokes.tell(GUILD, MEMBER, "A duck")
    assert [ended(row) for row in await ledger(app)] == [("failed", error, 0, 0, 0)]


@pytest.mark.parametrize(("reply", "error"), MAYBE_DONE.values(), ids=MAYBE_DONE)
async def test_where_nobody_knows_what_the_server_did_the_most_is_charged(
    app: App, server: FakeModelServer, reply: Reply, error: str
) -> None:
    server.script("chat", reply)
    with pytest.raises(ModelServerError):
        await app.jokes.tell(GUILD, MEMBER, "A duck")
    (row,) = await ledger(app)
    most = 100 * row["prompt_tokens"] + 500 * UNLIMITED_ANSWER_TOKENS
    assert ended(row)[:2] + ended(row)[3:] == ("unknown", error, UNLIMITED_ANSWER_TOKENS, most)


async def test_an_answer_without_text_costs_what_the_server_counted(app: App, server: FakeModelServer) -> None:
    server.script("chat", replies.ok({"model": "gpt-6-luna", "choices": [], "usage": USED}))
    with pytest.raises(ModelServerError):
        await app.jokes.tell(GUILD, MEMBER, "A duck")
    assert [ended(row) for row in await ledger(app)] == [("failed", "UnreadableAnswerError", 400, 20, WORTH)]


async def test_a_server_that_is_not_there_costs_nothing(settings: Settings, clock: StillClock) -> None:
    gone = settings.model_copy(update={"openai_base_url": "http://127.0.0.1:9/v1"})
    async with open_app(gone, clock) as app:
        with pytest.raises(ModelServerError):
            await app.jokes.tell(GUILD, MEMBER, "A duck")
        assert [ended(row) for row in await ledger(app)] == [("failed", "NotConnectedError", 0, 0, 0)]


async def test_embeddings_are_charged_to_whoever_asked_first_and_to_nobody_else(
    app: App, server: FakeModelServer
) -> None:
    await asyncio.gather(*(app.similarity.compare(GUILD, member, "apples", "pears") for member in range(5)))
    (row,) = await ledger(app)
    asked = sum(len(text) // 4 + 1 for text in ("apples", "pears"))
    assert ended(row) == ("answered", None, asked, 0, 20 * asked)


async def test_one_server_does_not_see_anothers_rows(app: App) -> None:
    await app.jokes.tell(GUILD, MEMBER, "A duck")
    (row,) = await ledger(app)
    store = UsageStore(app.database)
    assert [one.kind for one in await store.list(GUILD, "joke", (row["id"],))] == ["joke"]
    assert await store.list(OTHER_GUILD, "joke", (row["id"],)) == ()
