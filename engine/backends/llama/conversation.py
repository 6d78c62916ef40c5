"""A conversation for llama.cpp. Functions and calls become text, so that any chat template works."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from engine.backends.interface import ConversationMessage, Function, GenerationRequest
from engine.backends.llama.grammar import BETWEEN, CLOSING, OPENING

LlamaMessage: TypeAlias = dict[str, str]

_ROLES = {"developer": "system", "function": "tool"}


def messages_of(request: GenerationRequest) -> list[LlamaMessage]:
    """Without tools and calls, each message as it is."""
    messages = request.messages
    if request.tools is None and not any(message.calls for message in messages):
        return [{"role": _role(message), "content": message.text} for message in messages]
    written = list(_with_calls(messages))
    if request.tools:
        if written[0]["role"] != "system":
            written.insert(0, {"role": "system", "content": ""})
        written[0]["content"] = f"{written[0]['content']}\n\n{_told(request.tools.functions)}".strip()
    return written


def _role(message: ConversationMessage) -> str:
    return _ROLES.get(message.role, message.role)


def _with_calls(messages: Sequence[ConversationMessage]) -> Iterator[LlamaMessage]:
    """Tool results become user messages, because many templates have no role for them. Consecutive results share one message."""
    for role, together in groupby(messages, _role):
        if role == "tool":
            results = (f"<tool_response>\n{message.text}\n</tool_response>" for message in together)
            yield {"role": "user", "content": "\n".join(results)}
        else:
            for message in together:
                calls = (f"{OPENING}{call.name}{BETWEEN}{call.arguments}{CLOSING}" for call in message.calls)
                yield {"role": role, "content": "\n".join(filter(None, [message.text, *calls]))}


def _told(functions: Sequence[Function]) -> str:
    listed = "\n".join(json.dumps({"type": "function", "function": one.model_dump()}) for one in functions)
    called = '<tool_call>\n{"name": function name, "arguments": object}\n</tool_call>'
    return (
        f"You may call functions. The functions are:\n<tools>\n{listed}\n</tools>\nTo call one, answer with\n{called}"
    )
