"""Refusals in words: the parameter and what it may be, never the validator's own names; and text that UTF-8 cannot hold."""

import json
import typing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.api.body import Body, parse_body
from engine.api.chat_request import ChatRequest
from engine.api.embeddings import EmbeddingRequest
from engine.api.jobs import JobRequest
from engine.protocol.errors import ApiError

MINIMAL: dict[type[Body], dict[str, Any]] = {
    ChatRequest: {"model": "m", "messages": [{"role": "user", "content": "hi"}]},
    EmbeddingRequest: {"model": "m", "input": "hi"},
    JobRequest: {"model": "m", "training_file": "file-1"},
}
INSIDES = (
    "literal[",
    ".str",
    ".list",
    ".int",
    ".dict",
    "function-",
    "constrained",
    "Input should",
    "Extra inputs",
    "pydantic",
)


def refusal(kind: type[Body], document: object) -> ApiError | None:
    try:
        parse_body(json.dumps(document).encode(), kind)
    except ApiError as error:
        return error
    return None


@pytest.mark.parametrize(
    ("kind", "given", "param", "message"),
    [
        (ChatRequest, {"stop": 7}, "stop", "expected text or a list of up to 4 texts"),
        (ChatRequest, {"stop": ["a", 7]}, "stop", "expected text or a list of up to 4 texts"),
        (ChatRequest, {"stop": list("abcde")}, "stop", "expected text or a list of up to 4 texts"),
        (ChatRequest, {"stop": {}}, "stop", "expected text or a list of up to 4 texts"),
        (ChatRequest, {"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "expected text or a list of text parts"),
        (ChatRequest, {"messages": [{"role": "user", "content": [7]}]}, "messages[0].content[0]", "expected an object"),
        (ChatRequest, {"messages": [{"role": "user", "content": [{"type": "text", "text": 7}]}]}, "messages[0].content[0].text", "expected text"),
        (ChatRequest, {"messages": ["hi"]}, "messages[0]", "expected an object"),
        (ChatRequest, {"temperature": "hot"}, "temperature", "expected a number"),
        (ChatRequest, {"n": 1.5}, "n", "expected an integer"),
        (ChatRequest, {"stream": "yes"}, "stream", "expected true or false"),
        (ChatRequest, {"stream": True, "stream_options": {"include_usage": 1}}, "stream_options.include_usage", "expected true or false"),
        (ChatRequest, {"stream_options": 7}, "stream_options", "expected an object"),
        (ChatRequest, {"metadata": {"k": 1}}, "metadata", "expected up to 16 pairs of text: keys of up to 64 characters, values of up to 512"),
        (ChatRequest, {"metadata": {"k" * 65: "v"}}, "metadata", "expected up to 16 pairs of text: keys of up to 64 characters, values of up to 512"),
        (EmbeddingRequest, {"input": 7}, "input", "expected a list"),
        (EmbeddingRequest, {"input": ["a", 7]}, "input[1]", "expected text"),
        (EmbeddingRequest, {"input": [7]}, "input", "this engine embeds texts, not token numbers. With LangChain, set check_embedding_ctx_length=False"),
        (EmbeddingRequest, {"input": [[7]]}, "input", "this engine embeds texts, not token numbers. With LangChain, set check_embedding_ctx_length=False"),
        (EmbeddingRequest, {"dimensions": "384"}, "dimensions", "expected 384"),
        (JobRequest, {"hyperparameters": {"n_epochs": "many"}}, "hyperparameters.n_epochs", "expected 'auto' or an integer from 1 to 50"),
        (JobRequest, {"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs", "expected 'auto' or an integer from 1 to 50"),
        (JobRequest, {"hyperparameters": {"batch_size": []}}, "hyperparameters.batch_size", "expected 'auto' or an integer from 1 to 256"),
        (JobRequest, {"hyperparameters": {"learning_rate_multiplier": 0}}, "hyperparameters.learning_rate_multiplier", "expected 'auto' or a number above 0, up to 10"),
        (JobRequest, {"method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": True}}}}, "method.supervised.hyperparameters.n_epochs", "expected 'auto' or an integer from 1 to 50"),
        (JobRequest, {"method": "supervised"}, "method", "expected an object"),
        (JobRequest, {"method": {"type": "reinforcement"}}, "method.type", "expected 'supervised' or 'dpo'"),
        (JobRequest, {"method": {"type": "supervised", "dpo": {}}}, "method.dpo", "it is for the type 'dpo', but the type is 'supervised'"),
        (JobRequest, {"method": {"type": "dpo", "supervised": {}}}, "method.supervised", "it is for the type 'supervised', but the type is 'dpo'"),
        (JobRequest, {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 0}}}}, "method.dpo.hyperparameters.beta", "expected 'auto' or a number above 0, up to 2"),
        (JobRequest, {"method": {"type": "dpo", "dpo": {"hyperparameters": {"beta": 2.5}}}}, "method.dpo.hyperparameters.beta", "expected 'auto' or a number above 0, up to 2"),
        (JobRequest, {"seed": -1}, "seed", "it must be at least 0"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_told_what_it_may_be(
    kind: type[Body], given: Any, param: str, message: str
) -> None:
    refused = refusal(kind, {**MINIMAL[kind], **given})
    assert refused is not None
    assert (refused.param, refused.message) == (param, f"Invalid value for '{param}': {message}.")
    assert (refused.status, refused.code) == (400, "invalid_value")


@pytest.mark.parametrize(
    ("given", "param", "message"),
    [
        ({"method": {"type": "dpo", "dpo": {"beta": 1}}}, "method.dpo.beta", "Unrecognized request argument supplied: method.dpo.beta"),
        ({"method": {"type": "supervised", "supervised": {"hyperparameters": {"beta": 1}}}}, "method.supervised.hyperparameters.beta", "Unrecognized request argument supplied: method.supervised.hyperparameters.beta"),
        ({"method": {"type": "supervised", "reinforcement": {}}}, "method.reinforcement", "This engine does not support 'method.reinforcement': it tunes by examples and by preferences only."),
        ({"method": {"type": "supervised", "dpo": None, "reinforcement": None}}, None, ""),
        ({"hyperparameters": {"epochs": 3}}, "hyperparameters.epochs", "Unrecognized request argument supplied: hyperparameters.epochs"),
        ({"integrations": [{"type": "wandb"}]}, "integrations", "This engine does not support 'integrations': it reports to no other service."),
    ],
)  # fmt: skip
def test_nested_parameters_are_named_whole(given: Any, param: str | None, message: str) -> None:
    refused = refusal(JobRequest, {**MINIMAL[JobRequest], **given})
    assert (refused and refused.param) == param
    assert (refused.message if refused else "") == message


TEXT = st.text(max_size=5)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def bodies(kind: type[Body]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the names of this body's parameters, those of the bodies in it, and any values."""

    def nested(annotation: Any) -> st.SearchStrategy[Any]:
        found = [part for part in (annotation, *typing.get_args(annotation)) if isinstance(part, type)]
        inner = [bodies(part) for part in found if issubclass(part, Body)]
        deeper = [nested(part) for part in typing.get_args(annotation)]
        return st.one_of(ANY_JSON, *inner, *[st.lists(one, max_size=2) for one in inner], *deeper)

    fields = {name: nested(field.annotation) for name, field in kind.model_fields.items()}
    return st.fixed_dictionaries({}, optional={**fields, **dict.fromkeys(kind.unsupported, ANY_JSON), "x": ANY_JSON})


@pytest.mark.parametrize("kind", MINIMAL, ids=lambda kind: kind.__name__)
def test_no_refusal_names_the_validators_insides(kind: type[Body]) -> None:
    @given(bodies(kind) | ANY_JSON)
    def check(document: object) -> None:
        refused = refusal(kind, {**MINIMAL[kind], **document} if isinstance(document, dict) else document)
        if refused is not None:
            assert 400 <= refused.status < 500
            told = f"{refused.message} {refused.param}"
            quoted = json.dumps(document)
            assert [name for name in INSIDES if name in told and name not in quoted] == []

    check()


@pytest.mark.parametrize(
    ("kind", "given", "param"),
    [
        (ChatRequest, {"messages": [{"role": "user", "content": "\ud83d"}]}, "messages[0].content"),
        (ChatRequest, {"messages": [{"role": "user", "content": [{"type": "text", "text": "a \ude02"}]}]}, "messages[0].content[0].text"),
        (ChatRequest, {"messages": [{"role": "\ud83d", "content": "a"}]}, "messages[0].role"),
        (ChatRequest, {"messages": [{"role": "user", "content": "a", "name": "\ud83d"}]}, "messages[0].name"),
        (ChatRequest, {"stop": ["a", "\ud83d"]}, "stop[1]"),
        (ChatRequest, {"user": "\ud83d"}, "user"),
        (ChatRequest, {"model": "\ud83d"}, "model"),
        (ChatRequest, {"\ud83d": 1}, "?"),
        (EmbeddingRequest, {"input": ["a", "\ud83d \ud83d"]}, "input[1]"),
        (EmbeddingRequest, {"input": "\ud83d"}, "input"),
        (JobRequest, {"suffix": "\ud83d"}, "suffix"),
        (JobRequest, {"metadata": {"k": "\ud83d"}}, "metadata.k"),
        (JobRequest, {"metadata": {"\ud83d": "v"}}, "metadata.?"),
        (JobRequest, {"training_file": "\ud83d"}, "training_file"),
    ],
)  # fmt: skip
def test_half_a_character_is_refused_by_the_name_of_its_parameter(kind: type[Body], given: Any, param: str) -> None:
    refused = refusal(kind, {**MINIMAL[kind], **given})
    assert refused is not None
    assert (refused.status, refused.param) == (400, param)
    assert "half character" in refused.message


def test_a_whole_emoji_in_two_escapes_is_text() -> None:
    content = rb'{"model": "m", "messages": [{"role": "user", "content": "\ud83d\ude02"}]}'
    assert parse_body(content, ChatRequest).conversation()[0].text == "😂"
