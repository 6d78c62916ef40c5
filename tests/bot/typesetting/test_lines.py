"""What is drawn is what was typed: every character, in order, on lines that may end there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.characters import characters, visible
from bot.typesetting.breaking import phrases, segments
from bot.typesetting.fonts import ANTON, ARABIC, BRICOLAGE, CJK, EMOJI, INTER, RUBIK, SERIF, Face, faces, has, sized
from bot.typesetting.text import MAX_CHARACTERS, SetText, language_of, tidied

PIECES = [
    "abc",
    "é",
    "ß",
    "Ж",
    "λ",
    "ا",
    "ل",
    "م",
    "ש",
    "ל",
    "中",
    "文",
    "字",
    "、。",
    "が",
    "ー",
    "한",
    "글",
    "ไ",
    "ท",
    "ย",
    "क्",
    "षि",
    "😂",
    "👨\u200d👩\u200d👧\u200d👦",
    "🇩🇪",
    "1️⃣",
    "!",
    "?",
    "-",
    "(",
    ")",
    "“",
    "”",
    "́",
    "\u200d",
    "\u202e\x07",
    "𒍅",
]
WRITING = st.lists(st.sampled_from([*PIECES, " ", "\n"])).map("".join)


def typed(text: str) -> str:
    """The characters without spaces and line ends."""
    return "".join(text.split())


def broken(text: str) -> list[str]:
    """The text with a stroke wherever a line may end."""
    letters = characters(text)
    return ["".join(letters[start:end]) for start, end in segments(letters)]


@settings(deadline=None)
@given(WRITING, st.integers(100, 2000))
def test_the_lines_hold_every_character_in_order(text: str, limit: int) -> None:
    found = SetText(text, (BRICOLAGE,))
    lines = [one.line(*cut).text for one in found.paragraphs for cut in one.balanced(limit)[0]]
    assert typed("".join(lines)) == typed(found.text)
    if not found.missing:
        assert typed(found.text) == typed(visible(text))


@settings(deadline=None)
@given(WRITING, st.integers(300, 2000))
def test_no_line_is_wider_than_asked_and_none_is_empty(text: str, limit: int) -> None:
    for paragraph in SetText(text, (BRICOLAGE,)).paragraphs:
        if len(paragraph):
            lines = [paragraph.line(*cut) for cut in paragraph.wrap(limit)[0]]
            assert [
                line.text for line in lines if line.advance(200) > limit * 1.02 and len(characters(line.text)) > 1
            ] == []
            assert all(line.text for line in lines)


@settings(deadline=None)
@given(WRITING)
def test_every_run_of_a_line_is_there_once(text: str) -> None:
    for line in SetText(text, (BRICOLAGE,)).lines():
        assert sorted("".join(run.text for run in line.runs)) == sorted(line.text)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hello big world", ["Hello ", "big ", "world"]),
        ("今天，好「吃」！", ["今", "天，", "好", "「吃」！"]),
        ("ちょっとカー", ["ちょっ", "と", "カー"]),
        ("빵 두 개", ["빵 ", "두 ", "개"]),
        ("well-known -5", ["well-", "known ", "-5"]),
        ("Go 😂😂!", ["Go ", "😂", "😂!"]),
        ("", []),
    ],
)
def test_where_a_line_may_end(text: str, pieces: list[str]) -> None:
    assert broken(text) == pieces


def test_phrases_keep_words_of_chinese_and_japanese_whole() -> None:
    for text, expected in (
        ("今天的面包，比昨天更温暖", ["今天的", "面包，", "比昨天更温暖"]),
        ("夏が来た！", ["夏が", "来た！"]),
        ("two words", ["two ", "words"]),
    ):
        letters = characters(text)
        assert ["".join(letters[start:end]) for start, end in phrases(letters)] == expected


def test_lines_are_even_so_that_no_word_is_left_alone() -> None:
    [paragraph] = SetText("one two three four five six", (BRICOLAGE,)).paragraphs
    wide = paragraph.line(0, len(paragraph)).advance(200) * 0.9
    greedy = [paragraph.line(*cut).text for cut in paragraph.wrap(wide)[0]]
    even = [paragraph.line(*cut).text for cut in paragraph.balanced(wide)[0]]
    assert (greedy, even) == (["one two three four five", "six"], ["one two three", "four five six"])


def test_runs_stand_in_visual_order() -> None:
    [line] = SetText("פתוח 24 שעות Café", (RUBIK,)).lines()
    assert [(run.text, run.direction) for run in line.runs] == [
        ("Café", "ltr"),
        (" שעות ", "rtl"),
        ("24", "ltr"),
        ("פתוח ", "rtl"),
    ]


def test_a_whole_text_is_in_one_font_where_one_has_it() -> None:
    for text, face in (
        ("Café", SERIF),
        ("Bánh mì mỗi sáng", INTER),
        ("Свежий хлеб", RUBIK),
        ("Φρέσκο ψωμί", INTER),
        ("ہر دن تازہ", ARABIC),
        ("面包", CJK),
    ):
        assert set(faces(characters(text.replace(" ", "")), (SERIF,))) == {face}


@pytest.mark.parametrize("face", [ANTON, BRICOLAGE, INTER, RUBIK, SERIF], ids=lambda face: face.path.stem)
def test_letters_are_kerned(face: Face) -> None:
    whole, first, second = (sized(face, 1000).getlength(one) for one in ("AV", "A", "V"))
    assert whole < first + second - 10


def test_emoji_are_in_colour_and_digits_are_not() -> None:
    assert faces(["😂", "👨‍👩‍👧‍👦", "🇨🇳", "1️⃣", "❤️"], (SERIF,)) == [EMOJI] * 5
    assert faces(["1", "#"], (SERIF,)) == [SERIF] * 2


def test_quotes_are_wide_beside_chinese_and_narrow_beside_latin() -> None:
    assert faces(list("“好”"), (SERIF,)) == [CJK] * 3
    assert faces(list("“a”"), (SERIF,)) == [SERIF] * 3


def test_what_no_font_has_is_told_and_leaves_no_gap() -> None:
    found = SetText("Ka 𒍅 boom e\u0591 𒍅", (BRICOLAGE,))
    assert (found.text, found.missing) == ("Ka boom e ", "𒍅e\u0591")


def test_more_than_discord_takes_ends_in_an_ellipsis() -> None:
    found = SetText("字" * 2001, (BRICOLAGE,))
    assert (len(found.text), found.text[-1], found.cut) == (MAX_CHARACTERS, "…", True)
    assert not SetText("字" * 2000, (BRICOLAGE,)).cut


def test_the_text_is_tidied_but_keeps_its_lines() -> None:
    assert tidied("  a\x07 \u202eb\r\n\n\n c\t d ") == "a b\n\nc d"
    assert tidied("a\n" * 42) == " ".join("a" * 42)


@pytest.mark.parametrize(
    ("text", "language"),
    [("夏が来た", "ja"), ("매일 빵", "ko"), ("每個清晨", "zh-TW"), ("每个清晨", "zh-CN"), ("a", "zh-CN")],
)
def test_chinese_characters_are_set_as_the_text_s_language_writes_them(text: str, language: str) -> None:
    assert language_of(text) == language
    picture = {one: SetText(f"直骨{one}", (BRICOLAGE,)).lines()[0] for one in "がの"}
    assert {run.language for line in picture.values() for run in line.runs} == {"ja"}


def test_the_fonts_have_what_people_write() -> None:
    """Every hangul syllable, all characters of GB 2312 and of the daily part of Big5, and Thai, Hindi and their like."""
    assert all(has(CJK, chr(one)) for one in range(0xAC00, 0xD7A4))
    han = [bytes((lead, trail)) for lead in range(0xB0, 0xF8) for trail in range(0xA1, 0xFF)]
    assert all(has(CJK, one.decode("gb2312")) for one in han if one.decode("gb2312", "ignore"))
    for text in ("อร่อย", "हर घूँट में", "প্রতিদিন", "தினமும்", "ముద్దు", "გამარჯობა", "Բարեւ", "ស្វាគមន៍", "မင်္ဂလာပါ"):
        assert not SetText(text, (SERIF,)).missing
