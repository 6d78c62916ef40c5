"""Answers by a JSON schema, and the schemas that llama.cpp cannot keep to: each is refused, and the serving process lives on."""

import json
from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.engine.backends.llama.test_tools import MODEL, TOOLS, WEATHER, calls
from tests.engine.process import EngineProcess, child_of

JOKE = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 30},
        "stars": {"type": "integer", "minimum": 1, "maximum": 5},
    },
    "required": ["title", "stars"],
    "additionalProperties": False,
}


def by_schema(schema: object) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def ask(client: OpenAI, answers: object, **body: Any) -> Any:
    chosen: Any = {"temperature": 0, "max_tokens": 60, "response_format": answers, **body}
    return client.chat.completions.create(model=MODEL, messages=WEATHER, **chosen)


def test_an_answer_fits_its_schema_however_it_is_drawn(client: OpenAI) -> None:
    drawn = ask(client, by_schema(JOKE), temperature=1.5, n=2, seed=5)
    for choice in drawn.choices:
        answer = json.loads(choice.message.content)
        assert answer.keys() == {"title", "stars"}
        assert len(answer["title"]) <= 30
        assert answer["stars"] in range(1, 6)
        assert choice.finish_reason == "stop"


def test_a_json_object_is_one(client: OpenAI) -> None:
    assert isinstance(json.loads(ask(client, {"type": "json_object"}).choices[0].message.content), dict)


def test_a_stream_of_json_is_the_same_text(client: OpenAI) -> None:
    pieces = [chunk.choices[0].delta.content or "" for chunk in ask(client, by_schema(JOKE), stream=True)]
    assert len(pieces) > 3
    assert "".join(pieces) == ask(client, by_schema(JOKE)).choices[0].message.content


def test_json_that_is_cut_says_so(client: OpenAI) -> None:
    assert ask(client, by_schema(JOKE), max_tokens=4).choices[0].finish_reason == "length"
    stopped = ask(client, by_schema(JOKE), stop='"stars"').choices[0]
    assert (stopped.finish_reason, '"stars"' in stopped.message.content) == ("stop", False)


@pytest.mark.soak
def test_a_schema_holds_beside_tools_for_answers_that_are_no_call(client: OpenAI) -> None:
    drawn = ask(client, by_schema(JOKE), tools=TOOLS, temperature=2, n=8, seed=1)
    texts = [choice.message.content for choice in drawn.choices if not choice.message.tool_calls]
    assert 0 < len(texts) < 8, "some answers call a function, the others fit the schema"
    assert all(json.loads(text).keys() == {"title", "stars"} for text in texts)
    assert calls(ask(client, by_schema(JOKE), tools=TOOLS, tool_choice="required"))[0][0] == "get_weather"


def test_a_schema_may_refer_to_itself(client: OpenAI) -> None:
    node = {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}}}
    schema = {"$ref": "#/$defs/node", "$defs": {"node": {**node, "required": ["next"], "additionalProperties": False}}}
    text = ask(client, by_schema(schema), max_tokens=20).choices[0].message.content
    assert text.startswith('{"next": {"next": ')


def nested(levels: int) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": nested(levels - 1)}} if levels else {"type": "object"}


CANNOT = "llama.cpp cannot keep to this JSON schema. Use a simpler one"


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        pytest.param({"type": "nonsense"}, CANNOT, id="no type"),
        pytest.param({"properties": 7}, CANNOT, id="a keyword of another kind"),
        pytest.param({"$ref": "#/nowhere"}, CANNOT, id="a reference to nothing"),
        pytest.param({"$ref": "http://example.org/schema"}, CANNOT, id="a reference elsewhere"),
        pytest.param({"type": "string", "pattern": "(("}, CANNOT, id="a broken pattern"),
        pytest.param({"type": "string", "pattern": "(?=a)b"}, CANNOT, id="a pattern that looks ahead"),
        pytest.param({"not": {"type": "string"}}, CANNOT, id="not"),
        pytest.param({"type": "array", "uniqueItems": True}, CANNOT, id="unique items"),
        pytest.param({"type": "integer", "minimum": 5, "maximum": 2}, CANNOT, id="nothing fits"),
        pytest.param(nested(40), "a schema may be nested 32 levels deep", id="deep"),
        pytest.param(
            {"properties": {f"p{n}": {} for n in range(3000)}}, "an object may have 300 properties", id="wide"
        ),
        pytest.param({"type": "array", "maxItems": 10**6}, "'maxItems' may be at most 1000", id="a large bound"),
    ],
)
def test_a_schema_that_llama_cpp_cannot_keep_to_is_refused_in_one_sentence(
    client: OpenAI, smollm2_engine: EngineProcess, schema: dict[str, Any], reason: str
) -> None:
    serving = child_of(smollm2_engine, "llama.server")
    function = {"name": "f", "parameters": {"type": "object", "properties": {"a": schema}, "required": ["a"]}}
    asked: dict[str, Any] = {
        "response_format.json_schema.schema": {"answers": by_schema(schema)},
        "tools[1].function.parameters": {
            "answers": {"type": "text"},
            "tools": [TOOLS[0], {"type": "function", "function": function}],
        },
    }
    for param, body in asked.items():
        with pytest.raises(openai.BadRequestError) as refused:
            ask(client, **body)
        assert (refused.value.param, refused.value.code) == (param, "invalid_value")
        assert refused.value.body["message"] == f"Invalid value for '{param}': {reason}."  # type: ignore[index]
    assert child_of(smollm2_engine, "llama.server") == serving
    assert ask(client, {"type": "text"}, max_tokens=2).choices[0].message.content
