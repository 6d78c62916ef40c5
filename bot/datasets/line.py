"""One line of a training file, read exactly: what is wrong with it, or what the check remembers of the example.

An example is what its JSON means, however it is spelt: escapes, blanks, the order of keys, text in one part or several, and
defaults that are written out (a weight of 1, a null, an empty list of calls) make no difference.
`bot.datasets.block` reads many lines of the usual shape at a time, and agrees with this.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from bot.characters import is_whole
from bot.datasets.findings import LineError
from bot.texts import datasets as texts
from bot.texts.template import clip
from bot.tokens import TokenCount

MAX_LINE_BYTES = 2 * 1024 * 1024
MAX_SHOWN = 40  # code points of a role or type that is unknown
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
TOOL_ROLES = ("tool", "function")
CALLS = {"tool_calls", "function_call"}
TOOL_KEYS = {"tools", "functions", *CALLS}
EXAMPLE_TYPES: Mapping[str, type] = {"messages": list, "tools": list, "functions": list}
MESSAGE_TYPES: Mapping[str, type] = {"role": str, "name": str, "tool_calls": list, "function_call": dict}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ESCAPED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")

Json = Mapping[str, Any]


class Digest(NamedTuple):
    """What the check remembers of an example; `key` is a hash that equal examples share in one process."""

    key: int
    tokens: int
    answer: str
    question: str
    tools: bool


class Turn(NamedTuple):
    """A message: its role, its text in one piece, and what else it says that is not the default."""

    role: str
    text: str
    rest: Json


def read_line(line: bytes, count: TokenCount) -> Digest | None:
    """The example on a line, None if the line is blank. Raises `LineError`."""
    text = _decoded(line)
    if not text.strip():
        return None
    try:
        example = _object(text)
        if ESCAPED_HALF.search(line):
            _refuse_halves(example)
        return _digest(_turns(example), _rest(example, "messages"), count)
    except RecursionError:
        raise LineError(texts.NOT_JSON) from None


def text_of(content: object) -> str:
    """A message's text in one piece, from a valid content."""
    return "".join(part["text"] for part in content) if isinstance(content, list) else str(content or "")


def _decoded(line: bytes) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise LineError(texts.TOO_LONG_LINE)
    if line.startswith(BYTE_ORDER_MARK):
        raise LineError(texts.BYTE_ORDER_MARK)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise LineError(texts.NOT_UTF8) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _object(text: str) -> Json:
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise LineError(texts.NOT_JSON_AT, column=error.colno) from None
    except ValueError:  # NaN, or a number of thousands of digits
        raise LineError(texts.NOT_JSON) from None
    if not isinstance(value, dict):
        raise LineError(texts.NOT_AN_OBJECT, kind=_kind(value))
    return value


def _turns(example: Json) -> Sequence[Turn]:
    _check_types(example, EXAMPLE_TYPES)
    turns = [_turn(number, message) for number, message in enumerate(example.get("messages") or [], 1)]
    if not turns:
        raise LineError(texts.NO_MESSAGES)
    if turns[-1].role != "assistant":
        raise LineError(texts.NO_ANSWER)
    if all(turn.role != "user" for turn in turns):
        raise LineError(texts.NO_QUESTION)
    if all("weight" in turn.rest for turn in turns if turn.role == "assistant"):
        raise LineError(texts.NOTHING_TO_LEARN)
    return turns


def _turn(number: int, message: object) -> Turn:
    if not isinstance(message, dict):
        raise LineError(texts.NOT_A_MESSAGE, number=number, kind=_kind(message))
    _check_types(message, MESSAGE_TYPES, number)
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
    rest = _rest(message, "role", "content", "weight")
    calls = role == "assistant" and not CALLS.isdisjoint(rest)
    text = _text(number, role, "" if calls and message.get("content") is None else message.get("content"))
    if role in ("user", "assistant") and not calls and not text.strip():
        raise LineError(texts.EMPTY_CONTENT, number=number, role=role)
    return Turn(role, text, rest if weight else {**rest, "weight": 0})


def _text(number: int, role: str, content: object) -> str:
    if content is None:
        raise LineError(texts.NO_CONTENT, number=number, role=role)
    if content == []:
        raise LineError(texts.EMPTY_CONTENT, number=number, role=role)
    if not isinstance(content, str | list):
        raise LineError(texts.CONTENT_KIND, number=number, role=role, kind=_kind(content))
    for part in content if isinstance(content, list) else ():
        kind = part.get("type") if isinstance(part, dict) else None
        if isinstance(kind, str) and kind != "text":
            raise LineError(texts.OTHER_PART, number=number, role=role, type=clip(kind, MAX_SHOWN))
        if kind != "text" or not isinstance(part.get("text"), str):
            raise LineError(texts.NOT_A_TEXT_PART, number=number, role=role)
    return text_of(content)


def _check_types(values: Json, types: Mapping[str, type], number: int = 0) -> None:
    for key, wanted in types.items():
        if not isinstance(value := values.get(key), wanted | None):
            template = texts.WRONG_TYPE_IN_MESSAGE if number else texts.WRONG_TYPE
            raise LineError(template, number=number, key=key, kind=_kind(value), wanted=texts.KINDS[wanted])


def _rest(values: Json, *without: str) -> Json:
    """What is not the default."""
    told = {key: value for key, value in values.items() if key not in without and value is not None and value != []}
    return _rest(told, "parallel_tool_calls") if told.get("parallel_tool_calls") is True else told


def _digest(turns: Sequence[Turn], beside: Json, count: TokenCount) -> Digest:
    """Paid for are texts, names, ids, calls of tools, and whatever stands beside the messages, as JSON."""
    said, parts = [turn.text for turn in turns], [*(turn.rest for turn in turns), beside]
    more = [_dumped(parts)] if any(parts) else []
    values = [value for part in parts for key, value in part.items() if key != "weight"]
    others = sum(count.text(value if isinstance(value, str) else _dumped(value)) for value in values)
    names = sum("name" in part for part in parts)
    tools = any(turn.role in TOOL_ROLES for turn in turns) or any(not TOOL_KEYS.isdisjoint(part) for part in parts)
    question = next(turn.text for turn in reversed(turns) if turn.role == "user")
    key = hash((tuple(turn.role for turn in turns), *said, *more))
    return Digest(key, count.chat(said) + others + names, said[-1], question, tools)


def _refuse_halves(example: Json) -> None:
    messages = example.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else (), 1):
        if not is_whole(_dumped(message)):
            raise LineError(texts.HALF, number=number)
    if not is_whole(_dumped(example)):
        raise LineError(texts.HALF_BESIDE)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _kind(value: object) -> str:
    return texts.KINDS[type(value)]
