"""Lists of words: what they find, whatever it is dressed up as, and that no entry and no text makes them slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.moderation.words import WordList, is_entry

LETTERS = st.text("abcdé傻", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("evil", "An EVIL plan"),
        ("Evil", "evil!"),
        ("evil", "e\u200bv\u00adi\u2060l"),
        ("evil", "ｅｖｉｌ, 𝐞𝐯𝐢𝐥"),
        ("straße", "STRASSE"),
        ("two words", "Two -- WORDS."),
        ("duck*", "duckling"),
        ("*duck*", "a megaduckling"),
        ("d*k", "dk and duck"),
        ("🍆", "hm 🍆?"),
        ("傻瓜", "你是傻瓜吗"),
        ("ไม่ดี", "นี่ไม่ดีเลย"),
        ("cafe\u0301", "CAFÉ"),
    ],
)
def test_an_entry_is_found_however_it_is_dressed_up(entry: str, text: str) -> None:
    assert WordList([entry]).blocks(text)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("evil", "the devil's medieval evils"),
        ("two words", "words two, two more words"),
        ("duck*", "a megaduck"),
        ("d*k", "d k"),
        ("a*a", "a"),
    ],
)
def test_words_are_found_whole_and_in_order(entry: str, text: str) -> None:
    assert not WordList([entry]).blocks(text)


@pytest.mark.parametrize("entry", ["", " ", "*", "* *", "a* b", "\u200b"])
def test_what_cannot_be_looked_for_is_no_entry_and_blocks_nothing(entry: str) -> None:
    assert not is_entry(entry)
    assert not WordList([entry]).blocks(f"a b {entry} anything at all")


@given(LETTERS, LETTERS, LETTERS)
def test_a_star_stands_for_any_letters(start: str, middle: str, end: str) -> None:
    assert WordList([f"{start}*{end}"]).blocks(f"x {start}{middle}{end} y")


@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=60))
def test_no_entry_and_no_text_breaks_it(entries: list[str], text: str) -> None:
    WordList(entries).blocks(text)


@pytest.mark.parametrize(
    ("entry", "text"),
    [("*a" * 20 + "*b", "a" * 20_000), ("x*aaaa", " ".join(f"aaaa{number}x" for number in range(3000)) + " x")],
)
def test_a_full_list_of_the_worst_entries_comes_to_an_end(entry: str, text: str) -> None:
    """With backtracking it would not."""
    words = WordList([f"{entry}{number}" for number in range(200)])
    assert not words.blocks(text)
