"""Calls are read the same however a model's answer comes in pieces; what left the grammar is never passed on as a call."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backends.interface import FinishReason, Function, GenerationChunk, GenerationError, GenerationRequest, Tools
from engine.backends.llama.calls import AnswerReader
from engine.backends.llama.grammar import BETWEEN, CLOSING, OPENING

FIND = Tools(functions=[Function(name="find", parameters={"type": "object"})], callable=["find"])
MUST = FIND.model_copy(update={"required": True})
ANYTHING = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
ARGUMENTS = st.dictionaries(st.text() | st.sampled_from(["}", '"', "\\", OPENING, CLOSING]), ANYTHING, max_size=3)


def read(
    pieces: Sequence[str], reason: FinishReason = "stop", tools: Tools = FIND, schema: dict[str, Any] | None = None
) -> tuple[str, list[list[str]], FinishReason | None]:
    """The text, the calls as name and arguments, and the finish reason of an answer in these pieces."""
    reader = AnswerReader(GenerationRequest(weights=Path(), messages=[], tools=tools, answer_schema=schema))
    text, calls, finish_reason = "", list[list[str]](), None
    for chunk in [*(GenerationChunk(text=piece) for piece in pieces), GenerationChunk(finish_reason=reason)]:
        told = reader.read(chunk)
        text, finish_reason = text + told.text, told.finish_reason
        for piece in told.calls:
            calls += [[piece.name, ""]] if piece.name else []
            calls[piece.index][1] += piece.arguments
    return text, calls, finish_reason


def written(arguments: object) -> str:
    return f"{OPENING}find{BETWEEN}{json.dumps(arguments, ensure_ascii=False)}{CLOSING}"


@given(st.lists(ARGUMENTS, min_size=1, max_size=3), st.integers(1, 30))
def test_calls_are_read_however_they_are_cut_into_pieces(arguments: list[dict[str, Any]], size: int) -> None:
    whole = "\n".join(map(written, arguments))
    text, calls, reason = read([whole[place : place + size] for place in range(0, len(whole), size)])
    assert (text, reason) == ("", "tool_calls")
    assert [(name, json.loads(told)) for name, told in calls] == [("find", one) for one in arguments]


@given(st.text(), st.integers(1, 5))
def test_text_stays_as_it_is(text: str, size: int) -> None:
    pieces = [text[place : place + size] for place in range(0, len(text), size)]
    assert read(pieces) == (text, [], "stop")


@pytest.mark.parametrize("text", ["<", "<tool", "<tools>", "\n<tool_call>", "{}"])
def test_text_that_begins_like_a_call_is_text(text: str) -> None:
    assert read(list(text)) == (text, [], "stop")


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("<tool_call>", []),
        (OPENING + "fin", []),
        (f"{OPENING}find{BETWEEN}", [["find", ""]]),
        (f'{OPENING}find{BETWEEN}{{"a": "}}', [["find", '{"a": "}']]),
        (written({})[:-1], [["find", "{}"]]),
    ],
)
def test_a_call_that_is_cut_is_told_as_far_as_its_name_is_whole(text: str, calls: list[list[str]]) -> None:
    assert read([text], "length", MUST) == ("", calls, "length")


@pytest.mark.parametrize(
    ("text", "tools", "schema"),
    [
        ("<tool_call>\nfind", FIND, None),
        (f"{OPENING}find{BETWEEN}{{]}}{CLOSING}", FIND, None),
        (f"{OPENING}find{BETWEEN}{{}} and more", FIND, None),
        (written({}) + "Done.", FIND, None),
        (written({})[:-1], FIND, None),
        ("No call.", MUST, None),
        ('{"a": ', FIND, {"type": "object"}),
    ],
)
def test_an_answer_that_left_its_grammar_is_an_error(text: str, tools: Tools, schema: dict[str, Any] | None) -> None:
    with pytest.raises(GenerationError, match=r"does not fit the schema: llama\.cpp lost its grammar"):
        read(list(text), "stop", tools, schema)
