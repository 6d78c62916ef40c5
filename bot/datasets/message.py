"""Reads one message of a training file strictly."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.datasets.findings import LineError
from bot.texts import datasets as texts
from bot.texts.template import Text, clip

MAX_SHOWN = 40  # code points of a role or type that is unknown
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
TOOL_ROLES = ("tool", "function")
CALLS = {"tool_calls", "function_call"}
MESSAGE_TYPES: Mapping[str, type] = {"role": str, "name": str, "tool_calls": list, "function_call": dict}

Json = Mapping[str, Any]


class Turn(NamedTuple):
    """A message: its role, its whole text, and all other fields that differ from their default."""

    role: str
    text: str
    rest: Json


def read_message(number: int, message: object) -> Turn:
    """The message of that number. Raises `LineError`."""
    if not isinstance(message, dict):
        raise LineError(texts.NOT_A_MESSAGE, number=number, kind=kind_of(message))
    check_types(message, MESSAGE_TYPES, number)
    role = message.get("role")
    if role is None:
        raise LineError(texts.NO_ROLE, number=number)
    if role not in ROLES:
        raise LineError(texts.UNKNOWN_ROLE, number=number, role=clip(role, MAX_SHOWN))
    weight = 1 if message.get("weight") is None else message["weight"]
    if role != "assistant" and message.get("weight") is not None:
        raise LineError(texts.WEIGHT_OF_OTHERS, number=number, role=role)
    if isinstance(weight, bool) or weight not in (0, 1):
        raise LineError(texts.WEIGHT, number=number)
    rest = what_else(message, "role", "content", "weight")
    calls = role == "assistant" and not CALLS.isdisjoint(rest)
    text = _text(number, role, "" if calls and message.get("content") is None else message.get("content"))
    if role in ("user", "assistant") and not calls and not text.strip():
        raise LineError(texts.EMPTY_CONTENT, number=number, role=role)
    return Turn(role, text, rest if weight else {**rest, "weight": 0})


def text_of(content: object) -> str:
    """A message's text in one piece, from a valid content."""
    return "".join(part["text"] for part in content) if isinstance(content, list) else str(content or "")


def _text(number: int, role: str, content: object) -> str:
    if content is None:
        raise LineError(texts.NO_CONTENT, number=number, role=role)
    if content == []:
        raise LineError(texts.EMPTY_CONTENT, number=number, role=role)
    if not isinstance(content, str | list):
        raise LineError(texts.CONTENT_KIND, number=number, role=role, kind=kind_of(content))
    for part in content if isinstance(content, list) else ():
        kind = part.get("type") if isinstance(part, dict) else None
        if isinstance(kind, str) and kind != "text":
            raise LineError(texts.OTHER_PART, number=number, role=role, type=clip(kind, MAX_SHOWN))
        if kind != "text" or not isinstance(part.get("text"), str):
            raise LineError(texts.NOT_A_TEXT_PART, number=number, role=role)
    return text_of(content)


def check_types(values: Json, types: Mapping[str, type], number: int = 0) -> None:
    """Raises `LineError` if a value has the wrong type; `number` is the message's number."""
    for key, wanted in types.items():
        if not isinstance(value := values.get(key), wanted | None):
            template = texts.WRONG_TYPE_IN_MESSAGE if number else texts.WRONG_TYPE
            raise LineError(template, number=number, key=key, kind=kind_of(value), wanted=texts.KINDS[wanted])


def what_else(values: Json, *without: str) -> Json:
    """The fields that differ from their default."""
    told = {key: value for key, value in values.items() if key not in without and value is not None and value != []}
    return what_else(told, "parallel_tool_calls") if told.get("parallel_tool_calls") is True else told


def kind_of(value: object) -> Text:
    """A JSON value's type in words."""
    return texts.KINDS[type(value)]
