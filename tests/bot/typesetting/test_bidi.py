"""The order of mixed text, as UAX 9 has it. Capitals in comments stand for letters from right to left."""

import pytest

from bot.typesetting.bidi import is_rtl, levels, visual_order

ALEPH = "אבג"


@pytest.mark.parametrize(
    ("text", "rtl"),
    [("Hello אבג", False), ("אבג Hello", True), ("... 12 مرحبا", True), ("123 !?", False), ("", False)],
)
def test_the_first_letter_with_a_direction_decides(text: str, rtl: bool) -> None:
    assert is_rtl(text) is rtl


@pytest.mark.parametrize(
    ("text", "rtl", "expected"),
    [
        ("ab אב", False, "00011"),
        ("אב cd אב", True, "11122111"),
        ("אב 24 גד", True, "11122111"),  # a number is read from left to right
        ("אב 3,5%", True, "1112222"),  # with its comma and its per cent
        ("مر 3/4", True, "111222"),  # and its slash
        ("مر 3-4", True, "111212"),  # but not with a dash after Arabic
        ("ab אב 1", False, "0001112"),
        ("אב (cd) אב", True, "1111221111"),  # brackets belong to the text around them
        ("אב!", True, "111"),
        ("אב!", False, "110"),
        ("ab 😂 אב", False, "0000011"),
        ("a-1", False, "000"),
    ],
)
def test_levels(text: str, rtl: bool, expected: str) -> None:
    assert "".join(map(str, levels(text, rtl=rtl))) == expected


def test_runs_are_turned_from_the_deepest_level_up() -> None:
    assert visual_order([0, 0, 0]) == [0, 1, 2]
    assert visual_order([1, 2, 1]) == [2, 1, 0]
    assert visual_order([0, 1, 2, 1, 0]) == [0, 3, 2, 1, 4]
    assert visual_order([]) == []
