"""What is shown of a text: everything that people can see, and nothing that hides in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.characters import visible

FAMILY, WALES = "👩‍👩‍👧‍👦", "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f"
ANY = st.text(st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bill\u202eexe.gpj", "billexe.gpj"),
        ("\u2066a\u2069\u200e\u200f\u061c", "a"),
        ("a\u200bb\u2060c\ufeffd\u00ade\u034ff\u3164g\u115f", "abcdefg"),
        ("hi\U000e0001\U000e0041\U000e0042", "hi"),
        ("a\ufe00\ufe0fb\U000e0100", "ab"),
        ("a\x00b\x1b[31m\x7f\x9f", "ab[31m"),
        ("one\r\ntwo\rthree\x0bfour\u2028five", "one\ntwo\nthree\nfour\nfive"),
        ("half \ud83d of one", "half ? of one"),
        ("z" + "\u0335" * 500, "z" + "\u0335" * 8),
    ],
)
def test_what_hides_turns_or_cannot_be_sent_is_left_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    "text",
    [FAMILY, WALES, "🏳️‍🌈 👍🏽 ❤️ 1️⃣", "می‌خواهم", "क्‍ष", "葛\U000e0100", "שלום עולם", "สวัสดี", "\tLine\n“two” – café 冗談"],
)
def test_what_people_can_see_stays(text: str) -> None:
    assert visible(text) == text


@given(ANY)
def test_nothing_is_left_to_leave_out(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    visible(text).encode()
