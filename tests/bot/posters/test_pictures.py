"""Posters and cards of any text: nothing outside the margins, nothing too small to read, every character of it there."""

import io
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.characters import visible
from bot.posters import card
from bot.posters.card import Card
from bot.posters.mood import Layout
from bot.posters.page import Copy
from bot.posters.worker import LAYOUTS
from bot.typesetting.fitting import SMALLEST
from bot.typesetting.sheet import WIDTH, Sheet
from bot.typesetting.text import tidied

MARGIN = 60  # pixels that every picture leaves free around its text, whatever its layout
PIECES = [
    "Fresh",
    "bread",
    "!",
    "?",
    "Ж",
    "قهوة",
    "שלום",
    "今天",
    "が",
    "빵",
    "อร่อย",
    "हर",
    "😂",
    "👨‍👩‍👧‍👦",
    "🇩🇪",
    "e\u0301" + "\u0300" * 9,
]
WRITING = st.lists(st.sampled_from([*PIECES, " ", "\n", "Donaudampfschifffahrt"]), min_size=1, max_size=40).map("".join)


def drawn(layout: Layout, text: str) -> Sheet:
    return LAYOUTS[layout](Copy(tidied(text), "A bakery"))


def share_card(text: str) -> Sheet:
    return card.draw(Card(text[:100], text, 12, 3, "our model"))


def assert_legible(sheet: Sheet) -> None:
    for line in sheet.written:
        left, top, right, bottom = line.box
        if line.text:
            assert left >= MARGIN
            assert top >= MARGIN
            assert right <= WIDTH - MARGIN
            assert bottom <= sheet.height - MARGIN
            assert line.size >= SMALLEST


def without_blanks(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("layout", Layout)
@settings(deadline=None, max_examples=8)
@given(WRITING)
def test_any_slogan_is_whole_and_inside_the_margins(layout: Layout, text: str) -> None:
    if tidied(text):
        sheet = drawn(layout, text)
        assert_legible(sheet)
        assert without_blanks(visible(text)) in without_blanks("".join(line.text for line in sheet.written))


@settings(deadline=None, max_examples=8)
@given(WRITING)
def test_any_joke_is_whole_and_inside_the_margins(text: str) -> None:
    sheet = share_card(text)
    assert_legible(sheet)
    assert without_blanks(visible(text)) in without_blanks("".join(line.text for line in sheet.written))


@pytest.mark.parametrize("layout", [*Layout, None])
@pytest.mark.parametrize("text", ["طعم الصيف! Café 今天👨‍👩‍👧‍👦", "W" * 300, "Ź̨̀́̂̃̄̅̆ " * 30])
def test_the_ink_on_the_finished_picture_is_where_the_lines_say(layout: Layout | None, text: str) -> None:
    sheet = share_card(text) if layout is None else drawn(layout, text)
    assert_legible(sheet)
    ink = (
        ImageChops.difference(sheet.picture(), sheet.picture(text=False))
        .convert("L")
        .point(lambda one: 255 if one > 8 else 0)
    )
    found = ink.getbbox()
    assert found is not None
    lefts, tops, rights, bottoms = zip(*(line.box for line in sheet.written), strict=True)
    said = (min(lefts), min(tops), max(rights), max(bottoms))
    assert found[0] >= said[0] - 2
    assert found[1] >= said[1] - 2
    assert found[2] <= said[2] + 2
    assert found[3] <= said[3] + 2


def test_no_line_covers_another() -> None:
    for layout in Layout:
        boxes = [line.box for line in drawn(layout, "Ågypę " * 14 + "Ź̨̀́̂̃̄̅̆ " * 9).written if line.text]
        assert all(above[3] < below[1] for above, below in pairwise(boxes))


def test_a_poster_is_square_until_its_text_needs_more() -> None:
    assert [drawn(layout, "Taste the sunshine.").height for layout in Layout] == [WIDTH] * 5
    tall = drawn(Layout.COLUMN, "汉字测试，" * 400)
    assert (tall.height > 2000, tall.cut) == (True, False)
    assert_legible(tall)


def test_a_card_is_as_high_as_its_joke() -> None:
    low, high = share_card("No."), share_card("A joke that goes on. " * 90)
    assert (low.height, high.height > WIDTH) == (card.LOWEST, True)


def test_a_right_to_left_text_begins_at_the_right() -> None:
    for layout in (Layout.STACK, Layout.EDITORIAL, Layout.GRID, Layout.COLUMN):
        lines = [
            line
            for line in drawn(layout, "שלום לכולם\nלכם").written
            if line.text in {"שלום לכולם", "לכם", "לכולם", "שלום"}
        ]
        assert max(line.box[2] for line in lines) - min(line.box[2] for line in lines) < 1


def test_a_title_of_thousands_of_signs_that_are_very_wide_is_cut_and_told() -> None:
    sheet = drawn(Layout.COLUMN, "﷽" * 700)
    assert (sheet.cut, sheet.height < 5000) == (True, True)
    assert_legible(sheet)


def test_a_long_description_is_not_on_the_poster() -> None:
    texts = [line.text for line in LAYOUTS[Layout.GRID](Copy("Go", "long " * 20)).written]
    assert texts == ["Go", "Punchline"]


def test_a_card_shows_votes_as_the_buttons_do_and_who_told_it() -> None:
    lines = card.draw(Card("A cat", "No.", 1204, 0, "cat jokes")).written
    assert [line.text for line in lines] == ["A cat", "No.", "😂 1,204", "😐 0", "cat jokes", "Punchline"]


@pytest.mark.parametrize("layout", Layout)
def test_slogans_get_different_colours(layout: Layout) -> None:
    inks = {drawn(layout, f"Go on {number}").written[1].colour for number in range(8)}
    assert len(inks) > 2 or layout == Layout.STACK  # a light or a dark ink, on four papers


def test_emoji_are_in_their_own_colours() -> None:
    with Image.open(io.BytesIO(drawn(Layout.EDITORIAL, "Go 😂").png())) as picture:
        colours = picture.convert("RGB").getcolors(1 << 20) or []
    assert (0xFF, 0xCC, 0x4D) in {colour for _, colour in colours}
