"""Messages that come back: whatever a server emitted can be sent again as long as it says nothing that these models cannot read."""

import json
from typing import Any

import pytest
from openai.types.chat import ChatCompletionMessage

from engine.api.body import parse_body
from engine.api.chat_request import ChatRequest
from engine.backends.interface import ConversationMessage
from engine.protocol.errors import ApiError

USER = {"role": "user", "content": "hi"}
CALL = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "{}"}}


def conversation(*messages: object) -> list[ConversationMessage]:
    document = {"model": "m", "messages": messages}
    return parse_body(json.dumps(document).encode(), ChatRequest).conversation()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"refusal": None, "annotations": [], "audio": None, "function_call": None, "tool_calls": None},  # openai-python
        {"refusal": None, "annotations": []},  # OpenAI itself
        {"tool_calls": [], "parsed": None},  # the helpers of openai-python and openai-node
        {"tool_calls": None, "function_call": None, "provider_specific_fields": {"refusal": None}},  # litellm
        {"reasoning_content": None, "reasoning": "", "reasoning_details": [], "thinking_blocks": None, "images": []},
        {"name": None, "tool_call_id": None},
        {"function_call": {}, "audio": None, "anything": [{"else": [None, ""]}]},
    ],
)
def test_an_answer_is_taken_back_with_all_that_is_empty_in_it(more: dict[str, Any]) -> None:
    answer = {"role": "assistant", "content": "Haha", **more}
    assert conversation(USER, answer, USER)[1] == ConversationMessage("assistant", "Haha")


def test_the_openai_types_own_dump_is_taken_back() -> None:
    whole = ChatCompletionMessage(role="assistant", content="Haha").model_dump()
    assert conversation(USER, whole, USER)[1] == ConversationMessage("assistant", "Haha")


def test_a_refusal_is_what_the_assistant_said() -> None:
    refused = {"role": "assistant", "content": None, "refusal": "I will not."}
    assert conversation(USER, refused, USER)[1] == ConversationMessage("assistant", "I will not.")


@pytest.mark.parametrize(
    ("more", "param", "code"),
    [
        ({"tool_calls": [{**CALL, "id": ""}]}, "messages[1].tool_calls[0].id", "invalid_value"),
        ({"tool_calls": [{"id": "call_1", "type": "custom", "custom": {}}]}, "messages[1].tool_calls[0].custom", "unknown_parameter"),
        ({"role": "user", "tool_calls": [CALL]}, "messages[1].tool_calls", "invalid_value"),
        ({"function_call": {"name": "find", "arguments": "{}"}}, "messages[1].function_call", "unsupported_parameter"),
        ({"audio": {"id": "audio_1"}}, "messages[1].audio", "unsupported_parameter"),
        ({"annotations": [{"type": "url_citation"}]}, "messages[1].annotations", "unsupported_parameter"),
        ({"reasoning_content": "Hm."}, "messages[1].reasoning_content", "unknown_parameter"),
        ({"anything": 0.5}, "messages[1].anything", "unknown_parameter"),
        ({"content": [{"type": "image_url", "image_url": {"url": "x"}}]}, "messages[1].content[0].image_url", "unknown_parameter"),
        ({"content": [{"type": "input_audio"}]}, "messages[1].content[0].type", "invalid_value"),
        ({"content": [{"type": "text"}]}, "messages[1].content[0].text", "missing_required_parameter"),
        ({"content": {"text": "Haha"}}, "messages[1].content", "invalid_value"),
        ({"content": ["Haha"]}, "messages[1].content[0]", "invalid_value"),
    ],
)  # fmt: skip
def test_what_means_something_else_is_refused_by_name(more: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(ApiError) as refused:
        conversation(USER, {"role": "assistant", "content": "Haha", **more})
    assert (refused.value.param, refused.value.code) == (param, code)
