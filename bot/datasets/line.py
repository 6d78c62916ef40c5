"""One line of a training file, read exactly: what is wrong with it, or what the check remembers of the example.

An example is what its JSON means, however it is spelt: escapes, blanks, the order of keys, text in one part or several, and
defaults that are written out (a weight of 1, a null, an empty list of calls) make no difference.
`bot.datasets.block` reads many lines of the usual shape at a time, and agrees with this.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from bot.datasets.findings import LineError
from bot.texts import datasets as texts
from bot.tokens import TokenCount

MAX_LINE_BYTES = 2 * 1024 * 1024
MAX_ROLE_CHARACTERS = 40  # of an unknown one, in the sentence about it
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
TOOL_ROLES = ("tool", "function")
TALKING_ROLES = ("user", "assistant")  # whose text may not be empty
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
        return _digest(_object(text), count, escaped=ESCAPED_HALF.search(line) is not None)
    except RecursionError:
        raise LineError(texts.NOT_JSON) from None


def text_of(content: object) -> str:
    """A message's text in one piece, from a valid content."""
    if isinstance(content, list):
        return "".join(part["text"] for part in content)
    return content if isinstance(content, str) else ""


def _digest(example: Json, count: TokenCount, *, escaped: bool) -> Digest:
    messages = example.get("messages")
    if messages is None or messages == []:
        raise LineError(texts.NO_MESSAGES)
    if not isinstance(messages, list):
        raise LineError(texts.NO_LIST, kind=_kind(messages), key="messages")
    turns = [_turn(number, message, escaped=escaped) for number, message in enumerate(messages, 1)]
    _refuse_unteachable(turns)
    beside = _beside(example, escaped=escaped)
    rests = [turn.rest for turn in turns]
    said = [turn.text for turn in turns]
    more = [_dumped([rests, beside])] if beside or any(rests) else []
    return Digest(
        hash((tuple(turn.role for turn in turns), *said, *more)),
        count.chat(said) + sum(count.text(text) for text in _other_texts([*rests, beside])) + _names(rests),
        said[-1],
        next((turn.text for turn in reversed(turns) if turn.role == "user"), ""),
        bool(beside.keys() & {"tools", "functions"}) or any(_uses_tools(turn) for turn in turns),
    )


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


def _turn(number: int, message: object, *, escaped: bool) -> Turn:
    if not isinstance(message, dict):
        raise LineError(texts.NOT_A_MESSAGE, number=number, kind=_kind(message))
    role = _role(number, message.get("role"))
    if escaped and not _is_whole(message):
        raise LineError(texts.HALF, number=number)
    rest = _told({key: value for key, value in message.items() if key not in ("role", "content")})
    if "weight" in rest:
        _check_weight(number, role, rest["weight"])
        if rest["weight"] == 1:
            del rest["weight"]
    if not isinstance(rest.get("name", ""), str):
        raise LineError(texts.NAME_KIND, number=number, kind=_kind(rest["name"]))
    if not _is_list_of_objects(rest.get("tool_calls", [])):
        raise LineError(texts.NO_LIST_IN_MESSAGE, number=number, kind=_kind(rest["tool_calls"]), key="tool_calls")
    if not isinstance(rest.get("function_call", {}), dict):
        raise LineError(
            texts.NO_OBJECT_IN_MESSAGE, number=number, kind=_kind(rest["function_call"]), key="function_call"
        )
    calls = role == "assistant" and ("tool_calls" in rest or "function_call" in rest)
    return Turn(role, "" if calls and message.get("content") is None else _text(number, role, message, calls), rest)


def _role(number: int, role: object) -> str:
    if role is None:
        raise LineError(texts.NO_ROLE, number=number)
    if not isinstance(role, str):
        raise LineError(texts.ROLE_KIND, number=number, kind=_kind(role))
    if role not in ROLES:
        raise LineError(texts.UNKNOWN_ROLE, number=number, role=role[:MAX_ROLE_CHARACTERS])
    return role


def _text(number: int, role: str, message: Json, calls: bool) -> str:
    content = message.get("content")
    if content is None:
        raise LineError(texts.NO_CONTENT, number=number, role=role)
    if not isinstance(content, str | list):
        raise LineError(texts.CONTENT_KIND, number=number, role=role, kind=_kind(content))
    if isinstance(content, list):
        for part in content:
            _check_part(number, role, part)
    text = text_of(content)
    if content == [] or (role in TALKING_ROLES and not calls and not text.strip()):
        raise LineError(texts.EMPTY_CONTENT, number=number, role=role)
    return text


def _check_part(number: int, role: str, part: object) -> None:
    kind = part.get("type") if isinstance(part, dict) else None
    if isinstance(kind, str) and kind != "text":
        raise LineError(texts.OTHER_PART, number=number, role=role, type=kind[:MAX_ROLE_CHARACTERS])
    if kind is None or not isinstance(part, dict) or not isinstance(part.get("text"), str):
        raise LineError(texts.NOT_A_TEXT_PART, number=number, role=role)


def _check_weight(number: int, role: str, weight: object) -> None:
    if role != "assistant":
        raise LineError(texts.WEIGHT_OF_OTHERS, number=number, role=role)
    if isinstance(weight, bool) or weight not in (0, 1):
        raise LineError(texts.WEIGHT, number=number)


def _refuse_unteachable(turns: Sequence[Turn]) -> None:
    if turns[-1].role != "assistant":
        raise LineError(texts.NO_ANSWER)
    if all(turn.role != "user" for turn in turns):
        raise LineError(texts.NO_QUESTION)
    if all("weight" in turn.rest for turn in turns if turn.role == "assistant"):
        raise LineError(texts.NOTHING_TO_LEARN)


def _beside(example: Json, *, escaped: bool) -> Json:
    """What stands beside the messages and is not the default; the server reads it with each example."""
    beside = _told({key: value for key, value in example.items() if key != "messages"})
    if escaped and not _is_whole(beside):
        raise LineError(texts.HALF_BESIDE)
    for key in ("tools", "functions"):
        if not _is_list_of_objects(beside.get(key, [])):
            raise LineError(texts.NO_LIST, kind=_kind(beside[key]), key=key)
    if beside.get("parallel_tool_calls") is True:
        del beside["parallel_tool_calls"]
    return beside


def _told(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None and value != []}


def _other_texts(parts: Sequence[Json]) -> list[str]:
    """What is paid for beside the texts: names, ids, calls of tools, and whatever stands beside the messages, as JSON."""
    values = [value for part in parts for key, value in part.items() if key != "weight"]
    return [value if isinstance(value, str) else _dumped(value) for value in values]


def _names(rests: Sequence[Json]) -> int:
    return sum("name" in rest for rest in rests)


def _uses_tools(turn: Turn) -> bool:
    return turn.role in TOOL_ROLES or not turn.rest.keys().isdisjoint(("tool_calls", "function_call"))


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _is_whole(value: object) -> bool:
    try:
        _dumped(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _kind(value: object) -> str:
    return texts.KINDS[type(value)]
