"""What a status and an error body mean to the person who asked."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    ModelServerError,
    RequestRefusedError,
    ServerBusyError,
    ToolsRefusedError,
    TrainingNotAvailableError,
)
from bot.refusals import explain_status
from bot.texts.server import TRAINING_CLOSED
from bot.texts.template import Text


def test_the_servers_own_words_are_quoted_in_one_line() -> None:
    body = {"error": {"message": "Too  many\nwords.", "code": "unsupported_value"}}
    error = explain_status(400, body, Text("the model m").of(), "req-1")
    assert str(error) == "The model server declined the request: “Too many words”."
    assert (type(error), error.code, error.request_id) == (RequestRefusedError, "unsupported_value", "req-1")


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        (400, {"message": "No.", "param": "tools"}, True),
        (400, {"error": {"message": "No.", "param": "tool_choice"}}, True),
        (400, {"message": "phi3 does not support tools"}, True),
        (
            400,
            {"message": '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'},
            True,
        ),
        (400, {"message": "Invalid schema for function 'joke'", "param": "tools[0].function.parameters"}, False),
        (429, {"message": "Too many.", "param": "tools"}, False),
    ],
)
def test_a_model_that_calls_no_functions_is_told_from_other_refusals(status: int, body: object, refused: bool) -> None:
    assert isinstance(explain_status(status, body, Text("the model m").of()), ToolsRefusedError) == refused


def test_a_long_speech_is_cut() -> None:
    assert len(str(explain_status(400, {"message": "word " * 1000}, Text("it").of()))) < 400


@pytest.mark.parametrize("body", [{"code": "training_not_available"}, {"error": {"code": "training_not_available"}}])
def test_closed_training_is_known_by_its_code_wherever_it_stands(body: object) -> None:
    error = explain_status(403, body, Text("the base model m").of())
    assert (type(error), str(error)) == (TrainingNotAvailableError, str(TRAINING_CLOSED))
    assert "python -m engine" in str(TRAINING_CLOSED)
    assert "FINETUNE_BASE_URL" in str(TRAINING_CLOSED)


@pytest.mark.parametrize(
    ("retry_after", "when"),
    [("7", "in 7 seconds"), (None, "in a minute"), ("0", "in a minute"), ("soon", "in a minute"), ("²", "in a minute")],
)
def test_a_busy_server_says_when_to_come_back(retry_after: str | None, when: str) -> None:
    error = explain_status(429, None, Text("the model m").of(), None, retry_after)
    assert type(error) is ServerBusyError
    assert str(error) == f"The model server is busy (too many requests). Try again {when}."


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["error", "code", "message"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.integers(400, 599), JSON, st.none() | st.text(max_size=5))
def test_every_answer_has_a_sentence(status: int, body: Any, retry_after: str | None) -> None:
    error = explain_status(status, body, Text("the model m").of(), None, retry_after)
    assert isinstance(error, ModelServerError)
    assert str(error).endswith(".")


def test_what_a_server_says_is_shown_as_text() -> None:
    error = explain_status(
        400, {"message": "[Free](https://evil.example) {what} `x`"}, Text("the model {name}").of(name="m_1")
    )
    assert str(error) == "The model server declined the request: “[Free](https://evil.example) {what} `x`”."
    assert error.markdown() == (
        "The model server declined the request: “\\[Free\\](https\\://evil.example) {what} \\`x\\`”."
    )
