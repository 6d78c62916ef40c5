"""One path from texts to vectors: what is asked, how often, and what is kept of it."""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from bot.app import App, open_app
from bot.errors import (
    InvalidInputError,
    ModelServerError,
    RequestRefusedError,
    ServerNonsenseError,
    ServerUnreachableError,
)
from bot.settings import Settings
from bot.similarity.embeddings import Embedded
from bot.similarity.reading import hashed, normal
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, count, settings_for
from tests.postgres import server_url
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

MODEL = "text-embedding-3-small"


async def embed(app: App, texts: Sequence[str]) -> Embedded:
    """Vectors by the one model of these tests; what they cost is written down."""
    return await app.similarity.embed(GUILD, MEMBER, texts)


def inputs(server: FakeModelServer) -> list[list[str]]:
    return [call.body["input"] for call in server.calls("embeddings")]


async def test_two_hundred_comparisons_at_once_take_at_most_ten_requests(app: App, server: FakeModelServer) -> None:
    await asyncio.gather(*(app.similarity.compare(GUILD, n, f"text {n}", f"other {n}") for n in range(200)))
    assert len(server.calls("embeddings")) <= (40 if server_url() else 10)  # eight at a time read from PostgreSQL
    assert sum(map(len, inputs(server))) == 400
    assert len(server.calls("models")) == 1
    rows = await app.database.fetch_all("SELECT prompt_tokens FROM usage")
    asked = sum(len(text) // 4 + 1 for texts in inputs(server) for text in texts)
    assert (len(rows), sum(row["prompt_tokens"] for row in rows)) == (200, asked)


async def test_the_same_text_in_flight_is_asked_once_and_paid_by_one(app: App, server: FakeModelServer) -> None:
    await asyncio.gather(*(app.similarity.compare(GUILD, n, "apples", " apples  and pears") for n in range(20)))
    assert inputs(server) == [["apples", "apples and pears"]]
    assert await count(app.database, "usage") == 1


async def test_a_known_text_is_asked_for_never_again_also_after_a_restart(
    app: App, server: FakeModelServer, settings: Settings
) -> None:
    first = await app.similarity.compare(GUILD, MEMBER, "apples", "pears")
    assert app.similarity.recall(GUILD, MEMBER, "apples", "pears") == first
    async with open_app(settings) as again:
        assert again.similarity.recall(GUILD, MEMBER, "apples", "pears") is None
        assert await again.similarity.compare(GUILD, MEMBER, "apples ", "pears") == first.__class__(
            "apples ", "pears", first.cosine, first.meaning, identical=False
        )
    assert len(inputs(server)) == 1
    assert await count(app.database, "usage") == 1


async def test_what_one_server_embedded_makes_no_other_servers_answer_faster(app: App, server: FakeModelServer) -> None:
    for guild in (GUILD, OTHER_GUILD):
        await app.similarity.compare(guild, MEMBER, "apples", "pears")
    assert inputs(server) == [["apples", "pears"]] * 2
    await app.meaning.embeddings.forget(GUILD, ["apples"])
    assert app.similarity.recall(GUILD, MEMBER, "apples", "pears") is None
    assert app.similarity.recall(OTHER_GUILD, MEMBER, "apples", "pears") is not None
    assert await count(app.database, "embeddings") == 3


@settings_of_hypothesis(max_examples=15)
@given(st.lists(st.text(min_size=1, max_size=20).filter(str.strip), min_size=1, max_size=5))
def test_a_cache_hit_equals_the_fresh_vector(texts: list[str]) -> None:
    asyncio.run(hit_equals_fresh(texts))


async def hit_equals_fresh(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        async with FakeModelServer() as server:
            settings = settings_for(Path(folder), server.url)
            async with open_app(settings) as app, open_app(settings) as restarted:
                fresh = await embed(app, texts)
                known = await embed(restarted, texts)
            assert known.asked == 0
            np.testing.assert_array_equal(fresh.vectors, known.vectors)


@given(st.text())
def test_texts_that_look_the_same_have_one_hash(text: str) -> None:
    if text.strip():
        assert hashed(normal(text)) == hashed(normal(f"  {normal(text)}\n"))


async def test_an_over_long_text_is_refused_with_its_tokens_before_anybody_is_asked(
    app: App, server: FakeModelServer
) -> None:
    with pytest.raises(InvalidInputError, match=r"has about 10,000 tokens, and an embedding model reads at most 8,192"):
        await embed(app, ["a" * 40_000])
    assert server.calls("embeddings") == []


async def test_a_batch_with_one_bad_text_is_halved_until_it_alone_fails(app: App, server: FakeModelServer) -> None:
    bad = replies.error(400, "bad")
    good = replies.ok({"model": MODEL, "data": one(2), "usage": {}})
    server.script("embeddings", bad, good, bad, replies.ok({"model": MODEL, "data": one(1), "usage": {}}), bad)
    asked = [embed(app, [f"text {n}"]) for n in range(4)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [len(call) for call in inputs(server)] == [4, 2, 2, 1, 1]
    assert [type(result) is RequestRefusedError for result in results] == [False, False, False, True]
    assert await count(app.database, "embeddings") == 3


async def test_a_part_that_may_have_cost_is_charged_and_not_asked_again(app: App, server: FakeModelServer) -> None:
    server.script("embeddings", replies.error(500), replies.half_json())
    asked = [embed(app, [f"text {n}"]) for n in range(4)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert [len(call) for call in inputs(server)] == [4, 2, 2]
    assert [type(result) is ServerNonsenseError for result in results] == [True, True, False, False]
    rows = await app.database.fetch_all("SELECT outcome FROM usage ORDER BY id")
    assert [row["outcome"] for row in rows] == ["unknown", "unknown", "answered", "answered"]


async def test_what_failed_with_others_is_not_asked_any_more(app: App, server: FakeModelServer) -> None:
    server.script("embeddings", replies.error(500), replies.reset())
    asked = [embed(app, [f"text {n}"]) for n in range(4)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(result) for result in results} == {ServerUnreachableError}
    assert [len(call) for call in inputs(server)] == [4, 2]


async def test_a_pair_that_one_member_compares_is_not_asked_again_in_parts(app: App, server: FakeModelServer) -> None:
    server.script("embeddings", replies.error(400, "bad"))
    with pytest.raises(RequestRefusedError):
        await app.similarity.compare(GUILD, MEMBER, "apples", "pears")
    assert len(server.calls("embeddings")) == 1


def one(size: int) -> list[dict[str, object]]:
    return [{"index": index, "embedding": [1.0, float(index)]} for index in range(size)]


async def test_a_server_that_goes_down_in_mid_batch_loses_nothing_that_was_paid(
    app: App, server: FakeModelServer
) -> None:
    texts = [f"text {n}" for n in range(3000)]
    server.script("embeddings", replies.ok({"model": MODEL, "data": one(2048), "usage": {}}), replies.reset())
    with pytest.raises(ServerUnreachableError):
        await embed(app, texts)
    assert len(inputs(server)) == 2
    kept = await count(app.database, "embeddings")
    rows = await app.database.fetch_all("SELECT outcome FROM usage ORDER BY id")
    assert (kept, [row["outcome"] for row in rows]) == (2048, ["answered", "unknown"])
    server.vector = lambda _text: [0.0, 1.0]
    again = await embed(app, texts)
    assert (again.vectors.shape, again.asked) == ((3000, 2), 3000 - kept)


async def test_vectors_that_cannot_be_saved_are_used_all_the_same(
    app: App, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def full(*_: object) -> None:
        raise OSError("disk full")

    for method in ("vectors.VectorStore.add", "usage.UsageStore.settle"):
        monkeypatch.setattr(f"bot.store.{method}", full)
    assert (await embed(app, ["apples", "pears"])).vectors.shape[0] == 2
    assert "2 vectors could not be saved" in caplog.text
    assert "The ledger's row 1 could not be settled: answered" in caplog.text


async def test_a_broken_server_is_not_asked_for_ever(app: App, server: FakeModelServer) -> None:
    server.script("embeddings", *[replies.error(500)] * 500)
    with pytest.raises(ModelServerError):
        await embed(app, [f"text {n}" for n in range(300)])
    assert len(server.calls("embeddings")) <= 41


async def test_a_vector_that_means_nothing_fails_its_text_alone_and_is_never_kept(
    app: App, server: FakeModelServer
) -> None:
    server.vector = lambda text: [math.nan, 1.0] if text == "bad" else [1.0, 1.0]
    good, bad = await asyncio.gather(
        embed(app, ["good"]),
        embed(app, ["bad"]),
        return_exceptions=True,
    )
    assert not isinstance(good, BaseException)
    assert str(bad) == "The embedding model returned a vector that means nothing. Try again in a minute."
    assert await count(app.database, "embeddings") == 1


async def test_another_size_under_the_same_name_is_never_mixed_with_the_old(app: App, server: FakeModelServer) -> None:
    server.vector = lambda _text: [1.0, 2.0]
    await app.similarity.compare(GUILD, MEMBER, "apples", "pears")
    server.vector = lambda _text: [1.0, 2.0, 3.0]
    await app.similarity.compare(GUILD, MEMBER, "apples", "plums")
    assert inputs(server)[1:] == [["plums"], ["apples"]]
    found = await embed(app, ["apples", "plums"])
    assert found.vectors.shape == (2, 3)


async def test_what_is_not_to_be_kept_leaves_no_row_and_is_asked_again(app: App, server: FakeModelServer) -> None:
    for _ in range(2):
        await app.similarity.compare(GUILD, MEMBER, "a secret", "pears", keep=False)
    assert inputs(server) == [["a secret", "pears"]] * 2
    assert await count(app.database, "embeddings") == 0


async def test_whoever_gives_up_waiting_takes_nobody_with_them(app: App, server: FakeModelServer) -> None:
    server.delay = 0.5
    stays = asyncio.create_task(embed(app, ["apples"]))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await embed(app, ["apples"])
    assert (await stays).vectors.shape[0] == 1
    assert len(server.calls("embeddings")) == 1
