"""Which layout a slogan gets."""

import pytest

from bot.posters.mood import EXAMPLES, Layout, Mood, fingerprint, layout_of, mood_of, needs_meaning


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


@pytest.mark.parametrize(
    ("slogan", "needed", "layout"),
    [
        ("Fewer bees.", True, Layout.EDITORIAL),
        ("Fresh bread for your family", False, Layout.LABEL),  # its words say it
        ("A long sentence about nothing in particular, " * 4, False, Layout.COLUMN),
    ],
)
def test_a_meaning_decides_where_length_and_words_do_not(slogan: str, needed: bool, layout: Layout) -> None:
    assert needs_meaning(slogan.strip()) is needed
    assert layout_of(slogan.strip(), Mood.QUIET) == layout


def test_each_mood_has_as_many_examples() -> None:
    assert [sum(of == mood for of, _ in EXAMPLES) for mood in Mood] == [3] * len(Mood)


def test_where_words_say_nothing_the_fingerprint_chooses_and_reaches_three_layouts() -> None:
    slogans = [f"Umbrellas number {number} for people" for number in range(20)]
    assert [mood_of(slogan) for slogan in slogans] == [None] * 20
    assert {layout_of(slogan) for slogan in slogans} == {Layout.EDITORIAL, Layout.GRID, Layout.LABEL}
    assert fingerprint("Never stop!") == 9309154644960392938


def test_two_moods_at_once_are_none() -> None:
    assert mood_of("fresh data") is None
