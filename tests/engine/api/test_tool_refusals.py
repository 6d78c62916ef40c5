"""Tools and formats that are wrong, and models that take none: one sentence names the parameter."""

import asyncio
import json
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from engine.api.body import parse_body
from engine.api.chat_request import ChatRequest
from engine.api.tool_checks import check_tools
from engine.protocol.errors import ApiError
from tests.engine.counting import counting_backend

USER = {"role": "user", "content": "hi"}
FIND = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
NAMED = {"type": "function", "function": {"name": "other"}}
NAME = "expected 1 to 64 letters (a-z, A-Z), digits, underscores and hyphens"
FUNCTION = "expected 'function', the only type of tool that this engine's models can call"
CHOICE = "expected 'none', 'auto', 'required' or an object that names a function"


def read(**more: object) -> ChatRequest:
    """The request as a model that takes tools gets it."""
    asked = parse_body(json.dumps({"model": "m", "messages": [USER], **more}).encode(), ChatRequest)
    asked.offered_tools()
    asked.answer_schema()
    check_tools(asked, counting_backend(takes_tools=True))
    return asked


def function(**more: object) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "find", **more}}


@pytest.mark.parametrize(
    ("given", "param", "reason"),
    [
        ({"tools": {}}, "tools", "expected a list"),
        ({"tools": [FIND] * 129}, "tools", "it may have at most 128 items"),
        ({"tools": [FIND, FIND]}, "tools[1].function.name", "another function has the name 'find'"),
        ({"tools": [{"type": "web_search"}]}, "tools[0].type", FUNCTION),
        ({"tools": [function(name="a b")]}, "tools[0].function.name", NAME),
        ({"tools": [function(name="a" * 65)]}, "tools[0].function.name", NAME),
        ({"tools": [function(name="")]}, "tools[0].function.name", NAME),
        ({"tools": [function(name="find\n")]}, "tools[0].function.name", NAME),
        ({"tools": [function(parameters=[])]}, "tools[0].function.parameters", "expected an object"),
        ({"tools": [function(parameters={"type": "array"})]}, "tools[0].function.parameters", "expected a JSON schema of the type 'object'"),
        ({"tools": [function(strict="yes")]}, "tools[0].function.strict", "expected true or false"),
        ({"tools": [FIND], "tool_choice": NAMED}, "tool_choice.function.name", "there is no function 'other' in 'tools'"),
        ({"tool_choice": NAMED}, "tool_choice.function.name", "there is no function 'other' in 'tools'"),
        ({"tool_choice": "required"}, "tool_choice", "'required' needs at least one function in 'tools'"),
        ({"tools": [FIND], "tool_choice": "any"}, "tool_choice", CHOICE),
        ({"tools": [FIND], "tool_choice": {"type": "function"}}, "tool_choice", CHOICE),
        ({"tools": [FIND], "parallel_tool_calls": 1}, "parallel_tool_calls", "expected true or false"),
        ({"response_format": {"type": "xml"}}, "response_format.type", "expected 'text', 'json_object' or 'json_schema'"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema", "the type 'json_schema' needs it"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "a.b", "schema": {}}}}, "response_format.json_schema.name", NAME),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": []}}}, "response_format.json_schema.schema", "expected an object"),
        ({"messages": [USER, CALLED, {"role": "tool", "tool_call_id": "call_2", "content": "x"}]}, "messages[2].tool_call_id", "no earlier message of the assistant has a call with this id"),
        ({"messages": [{"role": "tool", "tool_call_id": "call_1", "content": "x"}, CALLED]}, "messages[0].tool_call_id", "no earlier message of the assistant has a call with this id"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_tools_is_named(given: dict[str, Any], param: str, reason: str) -> None:
    with pytest.raises(ApiError) as refused:
        read(**given)
    assert (refused.value.param, refused.value.status) == (param, 400)
    assert refused.value.message == f"Invalid value for '{param}': {reason}."


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"tools": [{"function": {"name": "find"}}]}, "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "tools[0].function"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}}, "response_format.json_schema.name"),
        ({"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}}, "response_format.json_schema.schema"),
        ({"messages": [USER, CALLED, {"role": "tool", "content": "x"}]}, "messages[2].tool_call_id"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(given: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as refused:
        read(**given)
    assert (refused.value.param, refused.value.code) == (param, "missing_required_parameter")


def test_a_custom_tool_is_refused_by_its_name() -> None:
    with pytest.raises(ApiError) as refused:
        read(tools=[{"type": "custom", "custom": {"name": "find"}}])
    assert refused.value.message == "This engine does not support 'tools[0].custom': its models call functions only."


def test_calls_and_their_results_reach_the_model() -> None:
    asked = read(messages=[USER, CALLED, {"role": "tool", "tool_call_id": "call_1", "content": "x"}], tools=[FIND])
    _, called, result = asked.conversation()
    assert [(call.id, call.name, call.arguments) for call in called.calls] == [("call_1", "find", "{}")]
    assert (result.role, result.text) == ("tool", "x")


@pytest.mark.parametrize(
    ("given", "closed"),
    [
        (None, True),
        ({"properties": {"a": {}}, "required": ["a"]}, True),
        ({"properties": {"a": {}}, "required": ["b"]}, False),
        ({"properties": {"a": {}}, "anyOf": [{"required": ["b"]}]}, False),
        ({"additionalProperties": True}, False),
    ],
)
def test_a_call_has_only_properties_that_its_schema_names_where_it_names_all(given: object, closed: bool) -> None:
    tools = read(tools=[function(parameters=given)]).offered_tools()
    assert tools
    assert (tools.functions[0].parameters.get("additionalProperties") is False) == closed


@pytest.mark.parametrize(
    ("given", "param", "why"),
    [
        ({"tools": [FIND]}, "tools", "it calls no tools"),
        ({"tools": [FIND], "tool_choice": "none"}, "tools", "it calls no tools"),
        ({"response_format": {"type": "json_object"}}, "response_format", "its answers are plain text"),
        ({"messages": [USER, CALLED, USER]}, "messages[1].tool_calls", "it calls no tools"),
    ],
)
async def test_a_model_that_takes_none_says_where_they_work(
    openai_client: AsyncOpenAI, given: dict[str, Any], param: str, why: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        await openai_client.chat.completions.create(**{"model": "practice-1", "messages": [USER], **given})
    assert (refused.value.param, refused.value.code) == (param, "unsupported_parameter")
    where = "Models that llama.cpp serves can, such as `smollm2-135m`: `meta.tools` in /v1/models says which."
    assert f"This engine does not support '{param}' for `practice-1`: {why}. {where}" in str(refused.value)


async def test_what_asks_for_nothing_is_taken_by_every_model(openai_client: AsyncOpenAI) -> None:
    nothing: dict[str, Any] = {"tools": [], "tool_choice": "auto", "parallel_tool_calls": False}
    text: Any = {"response_format": {"type": "text"}}
    asked: Any = {"model": "practice-1", "messages": [USER, {**USER, "role": "tool"}]}
    one, other = await asyncio.gather(
        openai_client.chat.completions.create(**asked, **nothing),
        openai_client.chat.completions.create(**asked, **text),
    )
    assert one.choices[0].message.content
    assert other.choices[0].message.content
    assert (await openai_client.models.retrieve("practice-1")).to_dict()["meta"]["tools"] is False  # type: ignore[index]
