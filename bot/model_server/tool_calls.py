"""OpenAI's function calling: functions on offer, and a model's calls."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

ToolChoice: TypeAlias = Literal["auto", "required", "none"]

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # of a function, as OpenAI takes it


@dataclass(frozen=True)
class Function:
    """A function that a model may call. `parameters` is the JSON schema of its arguments."""

    name: str
    description: str
    parameters: Mapping[str, object]

    def tool(self) -> dict[str, object]:
        """One of a request's `tools`."""
        described = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": described}


@dataclass(frozen=True)
class ToolCall:
    """A call exactly as the model wrote it: the name may be unknown, and `arguments` may not be JSON."""

    id: str
    name: str
    arguments: str

    def turn(self) -> dict[str, object]:
        """The call for the assistant's message that is sent back. Invalid names and arguments are replaced, because servers refuse them."""
        name = self.name if NAME.fullmatch(self.name) else "unknown"
        arguments = self.arguments if _is_object(self.arguments) else "{}"
        return {"id": self.id, "type": "function", "function": {"name": name, "arguments": arguments}}


def parse_tool_calls(given: object) -> tuple[ToolCall, ...]:
    """The calls in an assistant's message. Raises `ValueError` if they break the protocol."""
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise ValueError("tool calls are a list")
    return tuple(map(_parse, given))


def _parse(given: object) -> ToolCall:
    call = given if isinstance(given, Mapping) else {}
    function = call.get("function") if call.get("type", "function") == "function" else None
    if not isinstance(function, Mapping):
        raise ValueError("a tool call without its function")
    found = (call.get("id"), function.get("name"), function.get("arguments"))
    call_id, name, arguments = (_storable(text) if isinstance(text, str) else None for text in found)
    if not call_id or not name or arguments is None:
        raise ValueError("a tool call without id, name or arguments")
    return ToolCall(call_id, name, arguments)


def _storable(text: str) -> str:
    """Replace lone surrogates, which JSON allows but UTF-8 cannot encode."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
