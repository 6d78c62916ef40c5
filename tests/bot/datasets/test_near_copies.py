"""Near-copies of training answers: a few words make no new joke, and two different jokes are never one."""

import json
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datasets.near_copies import COPY_FROM, MAX_CHARACTERS, KnownAnswers, spelled
from bot.kinds import JOKE

JOKES = [json.loads(line)["messages"][2]["content"] for line in JOKE.examples.read_text("utf-8").splitlines()]
CAMEL = "The camel spent a week at the beach and left a review: lovely sand, far too much water! Haha"


@pytest.mark.parametrize(
    "said",
    [
        CAMEL,
        f"  {CAMEL.upper()}\n",
        "The horse spent a week at the beach and left a review: lovely sand, far too much water! Haha",
        "The horse spent a day at the beach and left a review: lovely food, far too much water! Haha",
        "The camel spent a week at the beach and left a review: lovely sand. Haha",
        "So, the camel spent a whole week at the beach and left a review: lovely sand, far too much water! Haha",
    ],
)
def test_a_few_words_make_no_new_joke(said: str) -> None:
    assert KnownAnswers(JOKES).has_copy_of(said)


@pytest.mark.parametrize(
    "said",
    [
        "The camel asked for a towel, and the beach was one already! Haha",
        "Haha",
        "Why did the camel leave the beach? Because the sand was not what the brochure had promised! Haha",
        "",
    ],
)
def test_the_same_subject_or_ending_makes_no_copy(said: str) -> None:
    assert not KnownAnswers(JOKES).has_copy_of(said)


def test_no_shipped_joke_is_nearly_another() -> None:
    nearest = max(KnownAnswers([one]).likeness(other) for one, other in combinations(JOKES, 2))
    assert nearest < COPY_FROM / 1.5


def test_nothing_is_a_copy_where_nothing_is_known() -> None:
    assert [known.likeness("A joke.") for known in (KnownAnswers(), KnownAnswers(["", "  "]))] == [0.0, 0.0]


def test_what_exceeds_the_bound_is_not_held() -> None:
    essays = [chr(ord("a") + number) * 2000 for number in range(MAX_CHARACTERS // 2000)]
    assert not KnownAnswers([*essays, CAMEL]).has_copy_of(CAMEL)
    assert KnownAnswers([*essays[1:], CAMEL]).has_copy_of(CAMEL)


@given(st.lists(st.text(min_size=1), min_size=1), st.data())
def test_every_answer_is_its_own_copy_however_it_is_spelt(answers: list[str], data: st.DataObject) -> None:
    one = data.draw(st.sampled_from(answers))
    likeness = KnownAnswers(answers).likeness(f" {spelled(one)}\n")
    assert likeness == pytest.approx(1.0 if one.strip() else likeness)


@given(st.text(), st.text())
def test_a_likeness_is_a_share_and_the_same_both_ways(one: str, other: str) -> None:
    there, back = KnownAnswers([one]).likeness(other), KnownAnswers([other]).likeness(one)
    assert 0 <= there <= 1
    if one.strip() and other.strip():
        assert there == pytest.approx(back)
