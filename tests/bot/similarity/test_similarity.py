"""Cosine similarity as the recipe computes it, and what its values mean."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.app import App
from bot.errors import InvalidInputError, ServerNonsenseError
from bot.similarity.service import meaning
from bot.similarity.vectors import Vector, cosine
from tests.bot.parts import GUILD, MEMBER, START, count
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

ITEM = st.floats(-1e3, 1e3, width=32)
PAIRS = st.integers(1, 8).flatmap(
    lambda size: st.tuples(*[st.lists(ITEM, min_size=size, max_size=size).map(_vector)] * 2)
)


def _vector(numbers: list[float]) -> Vector:
    return np.asarray(numbers, dtype=np.float32)


def recipe(a: Vector, b: Vector) -> float:
    """The cookbook's own line."""
    return float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))


@given(PAIRS)
def test_it_is_the_recipes_formula(pair: tuple[Vector, Vector]) -> None:
    first, second = (vector.astype(np.float64) for vector in pair)
    assume(np.linalg.norm(first) > 1e-3 and np.linalg.norm(second) > 1e-3)
    assert cosine(*pair) == pytest.approx(recipe(first, second), abs=1e-9)  # type: ignore[arg-type]  # in double


@given(PAIRS)
def test_it_is_symmetric_and_bounded(pair: tuple[Vector, Vector]) -> None:
    assume(pair[0].any() and pair[1].any())
    assert cosine(*pair) == cosine(pair[1], pair[0])
    assert -1 <= cosine(*pair) <= 1


@given(PAIRS, st.sampled_from([1e-30, 1e-3, 7.0, 1e30]))
def test_the_length_of_a_vector_does_not_matter(pair: tuple[Vector, Vector], factor: float) -> None:
    first, second = (vector.astype(np.float64) for vector in pair)
    assume(np.linalg.norm(first) > 1e-3 and np.linalg.norm(second) > 1e-3)
    stretched = cosine(first * factor, second)
    assert stretched == pytest.approx(cosine(*pair), abs=1e-6)


@given(PAIRS)
def test_a_vector_is_like_itself_and_unlike_its_opposite(pair: tuple[Vector, Vector]) -> None:
    first = pair[0]
    assume(first.any())
    assert cosine(first, first) == pytest.approx(1.0)
    assert cosine(first, -first) == pytest.approx(-1.0)


def test_integers_are_taken_as_numbers() -> None:
    assert cosine(np.array([3, 4]), np.array([4, 3])) == pytest.approx(0.96)
    assert cosine(np.array([1, 0]), np.array([0, 1])) == 0.0


@pytest.mark.parametrize(
    ("value", "model", "words"),
    [
        (1.0, "text-embedding-3-small", "almost the same meaning"),
        (0.8, "text-embedding-3-small", "almost the same meaning"),
        (0.63, "all-minilm", "closely related"),
        (0.3751, "all-minilm", "loosely related"),
        (0.0012, "all-minilm", "unrelated"),
        (-1.0, "all-minilm", "unrelated"),
        (0.90, "text-embedding-ada-002", "closely related"),
        (0.84, "text-embedding-ada-002", "loosely related"),
        (0.71, "text-embedding-ada-002", "unrelated"),
        (0.95, "text-embedding-ada-002", "almost the same meaning"),
    ],
)
def test_a_cosine_is_put_into_words_on_its_models_scale(value: float, model: str, words: str) -> None:
    assert str(meaning(value, model)) == words


async def test_two_texts_are_embedded_in_one_request_and_its_cost_is_kept(app: App, server: FakeModelServer) -> None:
    server.vector = lambda text: [3.0, 4.0] if text == "I like apples" else [4.0, 3.0]
    compared = await app.similarity.compare(GUILD, MEMBER, "I like apples", "I like bananas")
    assert compared.cosine == pytest.approx(0.96)
    assert (str(compared.meaning), compared.identical) == ("almost the same meaning", False)
    assert (compared.first, compared.second) == ("I like apples", "I like bananas")
    (call,) = server.calls("embeddings")
    assert call.body["input"] == ["I like apples", "I like bananas"]
    (row,) = await app.database.fetch_all("SELECT * FROM usage")
    assert (row["kind"], row["model"], row["user_id"]) == ("similarity", "text-embedding-3-small", MEMBER)
    assert (row["prompt_tokens"] > 0, row["completion_tokens"]) == (True, 0)
    assert row["created_at"] == START.isoformat(timespec="microseconds")


async def test_the_same_text_is_the_same_whatever_its_spaces(app: App) -> None:
    compared = await app.similarity.compare(GUILD, MEMBER, "I like  apples ", "I like apples")
    assert (compared.cosine, compared.identical, str(compared.meaning)) == (1.0, True, "almost the same meaning")


@pytest.mark.parametrize("texts", [("", "a"), ("a", " \n")])
async def test_an_empty_text_is_refused_before_anybody_is_asked(
    app: App, server: FakeModelServer, texts: tuple[str, str]
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await app.similarity.compare(GUILD, MEMBER, *texts)
    assert str(refused.value) == "There is nothing to compare in an empty text. Write at least one word."
    assert server.calls("embeddings") == []


@pytest.mark.parametrize("texts", [("half \ud83d", "a"), ("a", "\ude02")])
async def test_half_a_character_is_refused_before_anybody_is_asked(
    app: App, server: FakeModelServer, texts: tuple[str, str]
) -> None:
    for asking in (
        app.similarity.compare(GUILD, MEMBER, *texts),
        app.similarity.rank(GUILD, MEMBER, texts[0], f"{texts[1]}\nb"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            await asking
        assert str(refused.value) == "This text contains half of an emoji or of another character. Type it again."
    assert server.calls("embeddings") == []


@pytest.mark.parametrize("numbers", [[0.0, 0.0], [math.nan, 1.0], [math.inf, 1.0]])
async def test_a_vector_that_means_nothing_is_the_servers_fault(
    app: App, server: FakeModelServer, numbers: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    server.vector = lambda text: numbers if text == "a" else [1.0, 1.0]
    with pytest.raises(ServerNonsenseError) as refused:
        await app.similarity.compare(GUILD, MEMBER, "a", "b")
    assert str(refused.value) == "The embedding model returned a vector that means nothing. Try again in a minute."
    assert await count(app.database, "usage") == 1  # of the other text, whose vector is kept
    assert "A vector of text-embedding-3-small means nothing. It cost 1 tokens." in caplog.text


async def test_numbers_too_large_for_a_vector_are_the_servers_fault(app: App, server: FakeModelServer) -> None:
    data = [{"index": index, "embedding": [1e300, 1.0]} for index in range(2)]
    server.script("embeddings", replies.ok({"model": "m", "data": data, "usage": {}}))
    with pytest.raises(ServerNonsenseError):
        await app.similarity.compare(GUILD, MEMBER, "a", "b")


async def test_pairs_are_compared_in_one_request_and_nothing_of_them_is_kept(app: App, server: FakeModelServer) -> None:
    server.vector = lambda text: {"a": [1.0, 0.0], "b": [0.0, 2.0]}.get(text, [1.0, 1.0])
    found = await app.similarity.likenesses(GUILD, MEMBER, [("a", "a"), ("a", "b"), ("b", "c")])
    assert found.cosines == pytest.approx((1.0, 0.0, 0.5**0.5))
    assert found.related_from == 0.25
    (call,) = server.calls("embeddings")
    assert call.body["input"] == ["a", "b", "c"]
    assert await count(app.database, "embeddings") == 0
