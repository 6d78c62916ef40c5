"""What models read of texts: no likeness is claimed where a model read nothing of what differs."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.errors import InvalidInputError
from bot.similarity.near_duplicates import near_pairs
from bot.similarity.reading import Reading
from bot.similarity.vectors import units
from bot.texts.similarity import NOT_READ, NOT_TOLD_APART
from bot.texts.template import Text
from tests.bot.parts import ADMIN, GUILD, MEMBER, keep, upload
from tests.wire import model_answers
from tests.wire.model_server import FakeModelServer


def word_list_model(text: str) -> list[float]:
    """As MiniLM does: a word with a character beyond Cyrillic is the same unknown word, capitals do not count, and length does."""
    words = ["[UNK]" if max(word) > "\u04ff" else word for word in text.casefold().split()]
    every = np.array([model_answers.hashed(word) for word in ("[CLS]", *words)])
    return [float(value) for value in every.sum(axis=0) / (len(words) + 1)]


@pytest.fixture
def word_list(server: FakeModelServer) -> None:
    server.vector = word_list_model


DIFFERENT = [
    ("👍", "👎", NOT_TOLD_APART),
    ("👍🏽 👍🏽", "👎", NOT_TOLD_APART),
    ("I like 👍", "i  LIKE 👎👎", NOT_TOLD_APART),
    ("ሰላም ለዓለም ሁሉ", "ጤና ይስጥልኝ", NOT_TOLD_APART),
    ("I love 🇫🇷", "I love 🇩🇪", NOT_TOLD_APART),
    ("👍", "dog", NOT_READ),
    ("Привет", "👍👍 👍", NOT_READ),
    ("I like 👍", "I like dogs 👎", None),
    ("привет мир", "здравствуй", None),
    ("I like 👍", "i like  👍", None),
]


@pytest.mark.usefixtures("word_list")
@pytest.mark.parametrize(("first", "second", "doubt"), DIFFERENT)
async def test_no_likeness_is_claimed_where_the_model_read_nothing_of_what_differs(
    app: App, first: str, second: str, doubt: Text | None
) -> None:
    compared = await app.similarity.compare(GUILD, MEMBER, first, second)
    assert compared.doubt == doubt
    assert app.similarity.recall(GUILD, MEMBER, first, second) == compared


@pytest.mark.parametrize(("first", "second", "doubt"), DIFFERENT)
async def test_a_model_that_reads_everything_is_asked_so_once(
    app: App, server: FakeModelServer, first: str, second: str, doubt: Text | None
) -> None:
    assert (await app.similarity.compare(GUILD, MEMBER, first, second)).doubt is None
    asked = len(server.calls("embeddings"))
    assert (await app.similarity.compare(GUILD, MEMBER, "🦆", "🦢")).doubt is None
    assert len(server.calls("embeddings")) == asked + 1 + (first == "I like 👍" and second == "i like  👍")


async def test_english_costs_no_question_about_what_is_read(app: App, server: FakeModelServer) -> None:
    server.vector = lambda _text: [1.0, 1.0]
    compared = await app.similarity.compare(GUILD, MEMBER, "I like apples", "I like pears")
    assert (compared.doubt, len(server.calls("embeddings"))) == (NOT_TOLD_APART, 1)
    assert (await app.similarity.compare(GUILD, MEMBER, "Apples", "apples")).doubt is None


async def test_nothing_is_saved_of_the_characters_that_the_model_was_asked_about(app: App) -> None:
    await app.similarity.compare(GUILD, MEMBER, "a secret ⚗", "pears", keep=False)
    assert await app.database.fetch_all("SELECT * FROM embeddings") == []


@pytest.mark.usefixtures("word_list")
async def test_what_is_not_told_apart_is_left_out_of_rankings_and_matrices(app: App) -> None:
    ranking = await app.similarity.rank(GUILD, MEMBER, "I like 👍", "I like 👎\nI like dogs\n🦆\nI like 👍")
    assert [(one.second, one.doubt) for one in ranking] == [
        ("I like 👍", None),
        ("I like dogs", None),
        ("I like 👎", NOT_TOLD_APART),
        ("🦆", NOT_READ),
    ]
    grid = await app.similarity.grid(GUILD, MEMBER, "I like 👍\nI like 👎\nI like dogs")
    assert np.isnan(grid.cosines).tolist() == [[False, True, False], [True, False, False], [False, False, False]]


@pytest.mark.usefixtures("word_list")
async def test_labels_are_told_by_the_examples_that_the_model_tells_from_the_text(app: App) -> None:
    for name, examples in (("Good", "👍\ngreat"), ("Bad", "👎\nawful")):
        await app.meaning.labels.add(GUILD, ADMIN, name, examples)
    verdict = await app.meaning.labels.classify(GUILD, MEMBER, "👍")
    assert [(label.name, round(label.cosine, 6)) for label in verdict.labels] == [("Good", 1.0)]
    assert (await app.meaning.labels.classify(GUILD, MEMBER, "🦆")).labels == ()
    assert {label.name for label in (await app.meaning.labels.classify(GUILD, MEMBER, "a 👍")).labels} == {
        "Good",
        "Bad",
    }


@pytest.mark.usefixtures("word_list")
async def test_a_search_claims_nothing_about_what_is_not_read(app: App) -> None:
    for text in ("🦆🦆", "a duck"):
        await keep(app, text, scenario="🦢")
    found = await app.meaning.search.search(GUILD, MEMBER, "🦜 🦜")
    assert (found.found, found.doubt) == ((), NOT_TOLD_APART)


def emoji_file(answers: str) -> bytes:
    turns = [[{"role": "user", "content": "🦆"}, {"role": "assistant", "content": answer}] for answer in answers]
    return b"\n".join(json.dumps({"messages": chat}).encode() for chat in turns)


@pytest.mark.usefixtures("word_list")
async def test_a_dataset_of_emoji_has_no_near_duplicates_and_no_map(app: App) -> None:
    dataset = await upload(app, emoji_file("😂😡🍎💀🧀🛸🧊🦜🎭🎲🏠🏡"))
    found = await app.meaning.duplicates.find(GUILD, ADMIN, dataset)
    assert (found.pairs, found.count, found.examined) == ((), 0, 12)
    with pytest.raises(InvalidInputError) as refused:
        await app.meaning.maps.of_dataset(GUILD, ADMIN, "jokes")
    assert str(refused.value) == ("A map needs at least 3 texts that the model can read, and of these 12 it reads 0.")


async def test_near_duplicates_are_found_among_examples_that_differ(app: App, server: FakeModelServer) -> None:
    questions = ["a duck", "A  duck", "a duck!", "a goat", "a goat", *(f"number {n}" for n in range(7))]
    chats = [[{"role": "user", "content": one}, {"role": "assistant", "content": "Quack."}] for one in questions]
    dataset = await upload(app, b"\n".join(json.dumps({"messages": chat}).encode() for chat in chats))
    server.vector = lambda text: {"a": [1.0, 0.0], "A": [1.0, 0.0], "n": [0.0, 1.0]}[text[0]]
    before = server.vector
    server.vector = lambda text: [1.0, 0.1] if "!" in text else [0.5, -1.0] if "goat" in text else before(text)
    found = await app.meaning.duplicates.find(GUILD, ADMIN, dataset)
    assert [(pair.first, pair.second, round(pair.likeness, 2)) for pair in found.pairs] == [
        (1, 2, 1.0),
        (1, 3, 1.0),
        (2, 3, 1.0),
    ]
    assert (found.count, found.examined) == (3, 12)


ROWS = st.lists(st.sampled_from([(1, 0), (1, 0.1), (1, 0.3), (0, 1)]), min_size=2, max_size=12)


@given(ROWS, st.data())
def test_pairs_are_those_that_a_plain_loop_finds(rows: list[tuple[float, float]], data: st.DataObject) -> None:
    texts = [data.draw(st.sampled_from(["a", "A", "b", "b 👍", "👍", "👎"])) for _ in rows]
    vectors, reading = units(np.array(rows)), Reading(frozenset("👍👎"))
    loop = []
    for one in range(len(rows)):
        for two in range(one + 1, len(rows)):
            cosine = float(vectors[one] @ vectors[two])
            if cosine >= 0.95 and reading.doubt(texts[one], texts[two], cosine) is None:
                loop.append((min(1.0, cosine), one, two))
    count, nearest = near_pairs(vectors, texts, reading, 0.95)
    assert count == len(loop)
    expected = sorted(loop, key=lambda pair: (-pair[0], pair[1:]))[:5]
    assert [pair[0] for pair in nearest] == pytest.approx([pair[0] for pair in expected])


@given(st.text(), st.text())
def test_reading_never_fails_and_a_text_is_never_in_doubt_with_itself(first: str, second: str) -> None:
    reading = Reading(frozenset("👍"))
    assert reading.doubt(first, first, 1.0) is None
    assert reading.doubt(first, second, 0.5) == reading.doubt(second, first, 0.5)
