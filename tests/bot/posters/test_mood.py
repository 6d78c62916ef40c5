"""Which layout a slogan gets."""

import pytest

from bot.posters.mood import ANCHORS, Layout, Mood, fingerprint, layout_of, mood_of, nearest


@pytest.mark.parametrize(
    ("slogan", "layout"),
    [
        ("Never stop!", Layout.STACK),
        ("Fewer bees.", Layout.STACK),  # short, and in no mood
        ("Every book is a door to another garden", Layout.EDITORIAL),
        ("The future of data is yours", Layout.GRID),
        ("Fresh bread, baked for your family", Layout.LABEL),
        ("今天的面包，温暖的咖啡", Layout.LABEL),
        ("智能科技，未来已来", Layout.GRID),
        ("Sale! " * 11, Layout.GRID),  # loud, but too long to be that large
        ("A long sentence about nothing in particular, " * 4, Layout.COLUMN),
        ("Fresh bread! " * 20, Layout.COLUMN),  # a long text, whatever it is about
        ("长" * 71, Layout.COLUMN),  # a Chinese character is as wide as two letters
    ],
)
def test_length_and_words_choose(slogan: str, layout: Layout) -> None:
    assert layout_of(slogan.strip()) == layout


def test_the_mood_that_a_caller_measured_comes_first() -> None:
    assert layout_of("Fresh bread for your family", Mood.QUIET) == Layout.EDITORIAL


def test_where_words_say_nothing_the_fingerprint_chooses_and_reaches_three_layouts() -> None:
    slogans = [f"Umbrellas number {number} for people" for number in range(20)]
    assert [mood_of(slogan) for slogan in slogans] == [None] * 20
    assert {layout_of(slogan) for slogan in slogans} == {Layout.EDITORIAL, Layout.GRID, Layout.LABEL}
    assert fingerprint("Never stop!") == 9309154644960392938


def test_two_moods_at_once_are_none() -> None:
    assert mood_of("fresh data") is None


def test_the_nearest_anchor_by_cosine() -> None:
    vectors = {mood: [[1.0, 0.0], [0.9, 0.2]] for mood in ANCHORS} | {Mood.WARM: [[1.0, 0.0], [0.0, 5.0]]}
    assert nearest([0.1, 3.0], vectors) == Mood.WARM
    assert nearest([0.0, 0.0], vectors) in Mood
