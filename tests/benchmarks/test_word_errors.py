"""The word error rate of the benchmark of speech to text."""

import pytest

from benchmarks.speech.errors import word_error_rate


@pytest.mark.parametrize(
    ("said", "written", "rate"),
    [
        ("Ten of clubs.", "10 of clubs", 0),
        ("Mister John's ice-cream", "mr. johns ice cream!", 0),
        ("one two three four", "one two three", 1 / 4),
        ("one two three four", "one too three four", 1 / 4),
        ("one two", "well one two", 1 / 2),
        ("one two", "", 1),
    ],
)
def test_missing_added_and_exchanged_words_count(said: str, written: str, rate: float) -> None:
    assert word_error_rate([(said, written)]) == rate


def test_long_texts_count_by_their_words() -> None:
    assert word_error_rate([("a b c d e f", "a b c d e f"), ("one two", "one")]) == 1 / 8
