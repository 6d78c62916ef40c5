"""One line of a training file, read exactly: what is wrong with it, or what the check remembers of the example.

An example is a chat, or for the method `dpo` a preference pair: a chat up to the assistant's turn, and two answers to it. It is
what its JSON means, however it is spelt: escapes, blanks, the order of keys, text in one part or several, and defaults that are
written out (a weight of 1, a null, an empty list of calls) make no difference.
`bot.datasets.block` reads many lines of the usual shape at a time, and agrees with this.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

from bot.characters import is_whole
from bot.datasets.findings import LineError
from bot.datasets.message import CALLS, TOOL_ROLES, Json, Turn, check_types, kind_of, read_message, what_else
from bot.texts import datasets as texts
from bot.tokens import TokenCount

MAX_LINE_BYTES = 2 * 1024 * 1024
TOOL_KEYS = {"tools", "functions", *CALLS}
LISTS: Mapping[str, type] = {"messages": list, "tools": list, "functions": list}
PREFERRED, NON_PREFERRED = OUTPUTS = ("preferred_output", "non_preferred_output")
PAIR_TYPES: Mapping[str, type] = {"input": dict, PREFERRED: list, NON_PREFERRED: list}
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ESCAPED_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


class Digest(NamedTuple):
    """What the check keeps of an example. Equal examples have the same `key` within a process. For a pair, `answer` is the preferred one."""

    key: int
    tokens: int
    answer: str
    question: str
    tools: bool
    pair: bool


def read_line(line: bytes, count: TokenCount) -> Digest | None:
    """The example on a line, None if the line is blank. Raises `LineError`."""
    text = _decoded(line)
    if not text.strip():
        return None
    try:
        example = _object(text)
        if ESCAPED_HALF.search(line):
            _refuse_halves(example)
        return _pair(example, count) if is_pair(example) else _chat(example, count)
    except RecursionError:
        raise LineError(texts.NOT_JSON) from None


def is_pair(example: Json) -> bool:
    """Whether the line is a preference pair, possibly a faulty one."""
    return "messages" not in example and not example.keys().isdisjoint(OUTPUTS)


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
        raise LineError(texts.NOT_AN_OBJECT, kind=kind_of(value))
    return value


def _chat(example: Json, count: TokenCount) -> Digest:
    turns = _turns(example)
    if turns[-1].role != "assistant":
        raise LineError(texts.NO_ANSWER)
    _refuse_no_question(turns)
    if all("weight" in turn.rest for turn in turns if turn.role == "assistant"):
        raise LineError(texts.NOTHING_TO_LEARN)
    return _digest(turns, what_else(example, "messages"), count, answer=turns[-1].text, pair=False)


def _pair(example: Json, count: TokenCount) -> Digest:
    check_types(example, PAIR_TYPES)
    check_types(example.get("input") or {}, {"parallel_tool_calls": bool})
    if any(example.get(key) is None for key in PAIR_TYPES):
        raise LineError(texts.NOT_A_PAIR)
    turns = _within("input", example["input"])
    if turns[-1].role == "assistant":
        raise LineError(texts.ANSWERED)
    _refuse_no_question(turns)
    outputs = [_output(name, example[name]) for name in OUTPUTS]
    if outputs[0].text == outputs[1].text:
        raise LineError(texts.SAME_OUTPUTS)
    beside = {**what_else(example, *PAIR_TYPES), **what_else(example["input"], "messages")}
    return _digest([*turns, *outputs], beside, count, answer=outputs[0].text, pair=True)


def _output(name: str, messages: Sequence[object]) -> Turn:
    turns = _within(name, {"messages": messages})
    if len(turns) != 1 or turns[0].role != "assistant":
        raise LineError(texts.ONE_OUTPUT, output=name)
    return turns[0]


def _within(part: str, chat: Json) -> Sequence[Turn]:
    try:
        return _turns(chat)
    except LineError as error:
        raise LineError(error.template, **{**error.values, "part": part}) from None


def _turns(chat: Json) -> Sequence[Turn]:
    check_types(chat, LISTS)
    turns = [read_message(number, message) for number, message in enumerate(chat.get("messages") or [], 1)]
    if not turns:
        raise LineError(texts.NO_MESSAGES)
    return turns


def _refuse_no_question(turns: Sequence[Turn]) -> None:
    if all(turn.role != "user" for turn in turns):
        raise LineError(texts.NO_QUESTION)


def _digest(turns: Sequence[Turn], beside: Json, count: TokenCount, *, answer: str, pair: bool) -> Digest:
    """Paid for are texts, names, ids, calls of tools, and whatever stands beside the messages, as JSON."""
    said, parts = [turn.text for turn in turns], [*(turn.rest for turn in turns), beside]
    more = [_dumped(parts)] if any(parts) else []
    values = [value for part in parts for key, value in part.items() if key != "weight"]
    others = sum(count.text(value if isinstance(value, str) else _dumped(value)) for value in values)
    names = sum("name" in part for part in parts)
    tools = any(turn.role in TOOL_ROLES for turn in turns) or any(not TOOL_KEYS.isdisjoint(part) for part in parts)
    question = next(turn.text for turn in reversed(turns) if turn.role == "user")
    key = hash((tuple(turn.role for turn in turns), *said, *more))
    return Digest(key, count.chat(said) + others + names, answer, question, tools, pair)


def _refuse_halves(example: Json) -> None:
    for part in PAIR_TYPES if is_pair(example) else ():
        if not is_whole(_dumped(example.get(part))):
            raise LineError(texts.HALF_WITHIN, part=part)
    messages = example.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else (), 1):
        if not is_whole(_dumped(message)):
            raise LineError(texts.HALF, number=number)
    if not is_whole(_dumped(example)):
        raise LineError(texts.HALF_BESIDE)


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
