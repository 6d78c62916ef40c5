"""Calls of functions: read strictly, and sent back in a form that every server takes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model_server.tool_calls import NAME, Function, ToolCall, parse_tool_calls
from tests.bot.model_server.test_answers import JUNK
from tests.wire.model_answers import tool_call


def test_a_call_is_read_as_the_model_wrote_it() -> None:
    given = [tool_call("joke", {"scenario": "a cat"}), tool_call("no such thing", "{half", "call_2")]
    read = (ToolCall("call_1", "joke", '{"scenario": "a cat"}'), ToolCall("call_2", "no such thing", "{half"))
    assert parse_tool_calls(given) == read
    assert (parse_tool_calls(None), parse_tool_calls([])) == ((), ())


@pytest.mark.parametrize(
    "wrong",
    [
        "joke",
        {"name": "joke"},
        [None],
        [{}],
        [{"id": "call_1", "type": "custom", "custom": {"name": "joke", "input": ""}}],
        [{"id": "call_1", "type": "function"}],
        [{"id": "", "type": "function", "function": {"name": "joke", "arguments": "{}"}}],
        [{"id": "call_1", "type": "function", "function": {"name": None, "arguments": "{}"}}],
        [{"id": "call_1", "type": "function", "function": {"name": "joke", "arguments": {"scenario": "a cat"}}}],
        [tool_call("joke"), {"id": "call_2"}],
    ],
)
def test_what_is_not_the_protocol_is_no_call(wrong: object) -> None:
    with pytest.raises(ValueError, match="tool call"):
        parse_tool_calls(wrong)


@given(JUNK | st.lists(st.fixed_dictionaries({"id": JUNK, "function": st.dictionaries(st.text(max_size=9), JUNK)})))
def test_no_shape_crashes(given: Any) -> None:
    try:
        calls = parse_tool_calls(given)
    except ValueError:
        return
    assert all(isinstance(call, ToolCall) for call in calls)


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_is_sent_back_is_always_a_name_and_an_object(name: str, arguments: str) -> None:
    function: Any = ToolCall("call_1", name, arguments).turn()["function"]
    assert NAME.fullmatch(function["name"])
    assert isinstance(json.loads(function["arguments"]), dict)


def test_a_call_that_could_be_read_is_sent_back_unchanged() -> None:
    given = tool_call("joke", {"scenario": "a cat"})
    (call,) = parse_tool_calls([given])
    assert call.turn() == given
    assert json.loads(json.dumps(ToolCall("call_1", "say it!", "[" * 100_000).turn())) == tool_call("unknown")


def test_a_function_is_described_as_openai_has_it() -> None:
    schema = {"type": "object", "properties": {}}
    assert Function("models", "List models.", schema).tool() == {
        "type": "function",
        "function": {"name": "models", "description": "List models.", "parameters": schema},
    }
