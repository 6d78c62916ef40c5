"""Checks that the model supports the requested tools and format, and that each tool result belongs to a call."""

from engine.api.chat_request import ChatRequest
from engine.backends.interface import Backend
from engine.protocol.errors import ApiError, invalid, missing

_WHERE = "Models that llama.cpp serves can, such as `smollm2-135m`: `meta.tools` in /v1/models says which"


def check_tools(asked: ChatRequest, backend: Backend) -> None:
    """Raises ApiError with the first fault."""
    if backend.takes_tools:
        _check_results(asked)
        return
    for param, why in _beyond_text(asked).items():
        message = f"This engine does not support '{param}' for `{asked.model}`: {why}. {_WHERE}."
        raise ApiError(message, param=param, code="unsupported_parameter")


def _beyond_text(asked: ChatRequest) -> dict[str, str]:
    """The parameters that a model without tools cannot support, with the reason."""
    tools, answers = "it calls no tools", "its answers are plain text"
    found = {f"messages[{place}].tool_calls": tools for place, one in enumerate(asked.messages) if one.tool_calls}
    if asked.tools:
        found["tools"] = tools
    if asked.tool_choice not in (None, "none", "auto"):
        found["tool_choice"] = tools
    if asked.response_format and asked.response_format.type != "text":
        found["response_format"] = answers
    return found


def _check_results(asked: ChatRequest) -> None:
    called: set[str] = set()
    for place, message in enumerate(asked.messages):
        param = f"messages[{place}].tool_call_id"
        called.update(call.id for call in message.tool_calls or ())
        if message.role == "tool" and not message.tool_call_id:
            raise missing(param)
        if message.role == "tool" and message.tool_call_id not in called:
            raise invalid(param, "no earlier message of the assistant has a call with this id")
