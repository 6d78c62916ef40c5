"""The estimate that a quote rests on before a server has counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.tokens import TokenCount, estimate_tokens


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("ü" * 4, 2), ("😂", 1)])
def test_a_token_is_some_four_bytes(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


def test_a_chat_costs_its_texts_and_four_a_message_and_three_at_the_end() -> None:
    assert TokenCount().chat([]) == 3
    assert TokenCount().chat(["four", "fives"]) == (4 + 1) + (4 + 2) + 3


@given(st.text() | st.just("half a pair \ud83d"), st.text())
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert 0 <= estimate_tokens(text) <= estimate_tokens(text + more) <= estimate_tokens(text) + estimate_tokens(more)
