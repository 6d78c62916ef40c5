"""Calls of functions by the built-in model, through the real client. llama.cpp holds every call to its function's schema."""

import json
from collections.abc import Mapping
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionMessageFunctionToolCall

pytestmark = [pytest.mark.soak, pytest.mark.xdist_group("test_tools")]

MODEL = "smollm2-135m"
WEATHER: Any = [{"role": "user", "content": "What is the weather in Paris?"}]


def tool(name: str, description: str, **properties: object) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": schema}}


TOOLS = [
    tool(
        "get_weather",
        "Get the weather in a city",
        city={"type": "string", "maxLength": 12},
        unit={"enum": ["celsius", "kelvin"]},
    ),
    tool("add", "Add two numbers", a={"type": "integer", "minimum": 1}, b={"type": "integer"}),
]


def ask(client: OpenAI, messages: Any = WEATHER, **body: object) -> ChatCompletion:
    chosen = {"temperature": 0, "max_tokens": 40, "tools": TOOLS, **body}
    return client.chat.completions.create(model=MODEL, messages=messages, **chosen)  # type: ignore[call-overload,no-any-return]


def calls(completion: ChatCompletion, index: int = 0) -> list[tuple[str, Any]]:
    """The names of the functions that an answer calls, with their arguments."""
    called = completion.choices[index].message.tool_calls or []
    assert all(isinstance(call, ChatCompletionMessageFunctionToolCall) and call.type == "function" for call in called)
    return [(call.function.name, json.loads(call.function.arguments)) for call in called]  # type: ignore[union-attr]


def call_of(name: str, arguments: Mapping[str, object], call_id: str) -> dict[str, Any]:
    """An assistant's message that calls a function."""
    function = {"name": name, "arguments": json.dumps(arguments)}
    listed = [{"id": call_id, "type": "function", "function": function}]
    return {"role": "assistant", "content": None, "tool_calls": listed}


def test_a_required_call_fits_the_schema_and_comes_in_openais_shape(client: OpenAI) -> None:
    completion = ask(client, tool_choice="required")
    assert calls(completion) == [("get_weather", {"city": "Paris", "unit": "celsius"})]
    (choice,) = completion.choices
    assert (choice.finish_reason, choice.message.content, choice.logprobs) == ("tool_calls", None, None)
    assert choice.message.to_dict().keys() == {"role", "content", "refusal", "tool_calls"}
    (call,) = choice.message.tool_calls or []
    assert call.id.startswith("call_")
    assert completion.usage
    assert 10 < completion.usage.completion_tokens < 30


def test_a_named_function_is_the_one_that_is_called(client: OpenAI) -> None:
    named = {"type": "function", "function": {"name": "add"}}
    ((name, arguments),) = calls(ask(client, tool_choice=named))
    assert name == "add"
    assert arguments.keys() == {"a", "b"}
    assert arguments["a"] >= 1


def test_auto_calls_where_the_conversation_has_calls_and_reads_what_they_returned(client: OpenAI) -> None:
    shown: list[Mapping[str, Any]] = []
    for number, city in enumerate(("Rome", "Oslo", "Bonn")):
        called = call_of("get_weather", {"city": city, "unit": "celsius"}, f"call_{number}")
        shown += [{"role": "user", "content": f"What is the weather in {city}?"}, called]
    ((name, arguments),) = calls(ask(client, [*shown, *WEATHER], tool_choice="auto"))
    assert (name, arguments["city"]) == ("get_weather", "Paris")
    result = {"role": "tool", "tool_call_id": "call_3", "content": "31 degrees"}
    (told,) = ask(client, [*WEATHER, call_of("get_weather", {"city": "Paris"}, "call_3"), result]).choices
    assert told.message.tool_calls is None
    assert "31 degrees" in (told.message.content or "")


def test_a_stream_names_the_function_first_and_then_brings_its_arguments(client: OpenAI) -> None:
    body: Any = {"temperature": 0, "max_tokens": 80, "tools": TOOLS, "tool_choice": "required", "stream": True}
    stream: Any = client.chat.completions.create(model=MODEL, messages=WEATHER, **body)
    chunks = list(stream)
    first, second, *others, last = [chunk.choices[0] for chunk in chunks]
    assert first.delta.to_dict() == {"role": "assistant", "content": None}
    (begun,) = second.delta.to_dict()["tool_calls"]
    assert begun.keys() == {"index", "id", "type", "function"}
    assert (begun["index"], begun["type"]) == (0, "function")
    assert begun["function"] == {"name": "get_weather", "arguments": ""}
    more = [choice.delta.to_dict()["tool_calls"][0] for choice in others]
    assert all(piece.keys() == {"index", "function"} for piece in more)
    assert len(more) > 3
    written = "".join(piece["function"]["arguments"] for piece in more)
    assert json.loads(written) == {"city": "Paris", "unit": "celsius"}
    assert (last.finish_reason, last.delta.to_dict()) == ("tool_calls", {})


def test_up_to_eight_calls_are_made_where_several_are_asked_for(client: OpenAI) -> None:
    asked: dict[str, Any] = {"tools": [tool("ping", "Ping")], "tool_choice": "required", "max_tokens": 300}
    several = ask(client, parallel_tool_calls=True, **asked)
    assert calls(several) == [("ping", {})] * 8, "this small model repeats itself"
    assert len({call.id for call in several.choices[0].message.tool_calls or ()}) == 8
    assert several.choices[0].finish_reason == "tool_calls"
    assert calls(ask(client, **asked)) == [("ping", {})]


def test_a_call_that_meets_the_limit_says_so(client: OpenAI) -> None:
    cut = ask(client, tool_choice="required", max_tokens=24).choices[0]
    assert cut.finish_reason == "length"
    (call,) = cut.message.tool_calls or []
    with pytest.raises(json.JSONDecodeError):
        json.loads(call.function.arguments)  # type: ignore[union-attr]
    nothing = ask(client, tool_choice="required", max_tokens=3).choices[0]
    assert (nothing.finish_reason, nothing.message.content, nothing.message.tool_calls) == ("length", "", None)


def test_answers_are_drawn_each_for_itself_and_a_seed_repeats_them(client: OpenAI) -> None:
    drawn = [ask(client, tool_choice="required", temperature=1.5, n=2, seed=seed) for seed in (1, 1, 2)]
    one, same, other = ([calls(completion, index) for index in range(2)] for completion in drawn)
    assert one == same != other
    for (_, arguments), *_ in one:
        assert arguments.keys() in ({"city", "unit"}, {"a", "b"})


def test_a_stop_sequence_ends_text_but_no_call(client: OpenAI) -> None:
    assert calls(ask(client, tool_choice="required", stop=["Paris", "{"])) == [
        ("get_weather", {"city": "Paris", "unit": "celsius"})
    ]
    plain = ask(client, tool_choice="none", stop=[" the"]).choices[0]
    assert plain.finish_reason == "stop"
    assert plain.message.content
    assert " the" not in plain.message.content


def test_without_tools_the_prompt_is_as_it_was(client: OpenAI) -> None:
    asked: list[dict[str, Any]] = [
        {"tools": openai.omit},
        {"tools": []},
        {"tool_choice": "none"},
        {"tools": [], "response_format": {"type": "json_object"}},
    ]
    usages = [ask(client, max_tokens=1, **one).usage for one in asked]
    assert [usage and usage.prompt_tokens for usage in usages] == [37] * 4


def test_probabilities_are_told_of_text_and_not_of_calls(client: OpenAI) -> None:
    assert ask(client, tool_choice="required", logprobs=True).choices[0].logprobs is None
    told = ask(client, logprobs=True).choices[0]
    assert told.logprobs
    assert "".join(token.token for token in told.logprobs.content or ()) == told.message.content


def test_the_models_list_says_who_takes_tools(client: OpenAI) -> None:
    assert client.models.retrieve(MODEL).to_dict()["meta"]["tools"] is True  # type: ignore[index]
