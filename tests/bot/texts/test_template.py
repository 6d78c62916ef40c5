"""Sentences filled in: what people typed is shown as they typed it, and nothing of it is live."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from simcord.preview._markdown import _FIELD_POLICIES, _markdown_parser

from bot.characters import visible
from bot.errors import NotFoundError
from bot.texts.template import Text, clip, code, escape, markdown, plain

MARKS = st.text(st.sampled_from("*_~|`[]()<>#-+.1\\:/ \nahtps@!&"), max_size=40)
FAMILY = "👩‍👩‍👧‍👦"


def kinds(text: str, field: str = "embed_description") -> set[str]:
    """What the simulated Discord makes of a text."""
    tokens = _markdown_parser(_FIELD_POLICIES[field], {"everyone": True}).parse(text)
    return {inner.type for token in tokens for inner in [token, *(token.children or [])]}


@given(MARKS | st.text(max_size=60))
@example("[Free Nitro](https://evil.example)")
@example("[a](https://one.example) and [b](https://two.example)")
@example("[a]\n(https://evil.example)")
@example("\\[a](https://evil.example)")
@example("<https://evil.example> https://evil.example")
@example("# Heading\n## Another\n-# small\n> quote\n>>> all\n- item\n1. first\n* star")
@example("```\nfence")
@example("||spoiler|| ~~gone~~ __under__ ***both*** `code`")
@example("<@123> <@&1> <#2> </joke:3> <t:0:R> <a:party:4>")
@example("@everyone @here")
@example("\r# Heading\x0b> quote\u2028- item")
def test_nothing_that_people_typed_is_live(text: str) -> None:
    shown = kinds(escape(text), "message")
    assert shown <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "softbreak", "hardbreak", "code_block"}  # fmt: skip


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=1, max_size=60).filter(
        lambda text: visible(text) == text
    )
)
def test_people_see_every_character_that_can_be_seen(text: str) -> None:
    tokens = _markdown_parser(_FIELD_POLICIES["embed_description"], {}).parse(escape(text))
    assert "".join(inner.content for token in tokens for inner in token.children or []) == text


@given(MARKS, st.integers(1, 30))
def test_a_cut_text_fits_and_leaves_no_stray_backslash(text: str, limit: int) -> None:
    cut = clip(escape(text), limit)
    assert len(cut) <= limit
    if cut.endswith("…"):
        kept = cut[:-1]
        assert (len(kept) - len(kept.rstrip("\\"))) % 2 == 0


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("short", 5, "short"),
        ("a longer text", 9, "a longer…"),
        (f"{FAMILY}{FAMILY}", len(FAMILY) + 1, f"{FAMILY}…"),
        (f"{FAMILY}{FAMILY}", len(FAMILY), "…"),
        ("cafe\u0301 noir", 5, "caf…"),
        ("👍🏽👍🏽👍🏽", 4, "👍🏽…"),
        ("🇩🇪🇫🇷", 3, "🇩🇪…"),
        ("a\u200b\u200bb", 2, "ab"),
        ("a" + "\u200b" * 1_000_000 + "b", 5, "a…"),
    ],
)
def test_no_character_is_cut_in_two(text: str, limit: int, shown: str) -> None:
    assert clip(text, limit) == shown


def test_a_template_says_where_a_value_is_code() -> None:
    template = Text("There is no “{name}”. Type `/models use {model!c}` or `/finetune cancel {job}`.")
    values = {"name": "a_b*", "model": "ft:a_b`c", "job": 7}
    assert markdown(template, values) == "There is no “a\\_b\\*”. Type `/models use ft:a_bˋc` or `/finetune cancel 7`."
    assert plain(template, values) == "There is no “a_b*”. Type `/models use ft:a_b`c` or `/finetune cancel 7`."
    assert code("two\nlines") == "two lines"


def test_an_error_inside_another_keeps_its_own_markup() -> None:
    inner = NotFoundError(Text("No job {job}. `/finetune list` shows them, _{name}_."), job=1, name="[x](y)")
    outer = NotFoundError(Text("It failed: {error}"), error=inner)
    assert str(outer) == "It failed: No job 1. `/finetune list` shows them, _[x](y)_."
    assert outer.markdown() == "It failed: No job 1. `/finetune list` shows them, _\\[x\\](y)_."


def test_a_text_without_values_is_taken_as_it_is() -> None:
    assert NotFoundError(Text('like {"messages": [...]}')).markdown() == 'like {"messages": [...]}'
