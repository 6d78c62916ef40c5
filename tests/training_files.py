"""What a training file may be: one table that the bot's check and the engine's are both held to, since neither may import the other.

A file is UTF-8, with or without a byte order mark, lines ended by LF or CRLF. Blank lines are passed over, and count as lines.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
MAX_LINE_BYTES = 2 * 1024 * 1024
HALF_EMOJI = "A parrot \ud83d"


@dataclass(frozen=True)
class Case:
    """A file, and the line on which it is refused (None: it is taken, 0: the file as a whole); `says` are parts of the reason.

    `tools` means that a text-only server must refuse it all the same, by that line, and that the bot must name such lines.
    """

    name: str
    content: bytes
    line: int | None = None
    says: tuple[str, ...] = ()
    tools: bool = False


def message(role: str, content: object, **more: object) -> dict[str, object]:
    return {"role": role, "content": content, **more}


SYSTEM, USER, ANSWER = message("system", "You joke."), message("user", "A man"), message("assistant", "He ran. Haha")
CALL = {"id": "call_1", "type": "function", "function": {"name": "find_joke", "arguments": '{"about": "a man"}'}}
CALLING = message("assistant", None, tool_calls=[CALL])
RESULT = message("tool", "He ran.", tool_call_id="call_1")
TOOL = {"type": "function", "function": {"name": "find_joke", "parameters": {"type": "object", "properties": {}}}}
OLD_CALL = message("assistant", None, function_call={"name": "find_joke", "arguments": "{}"})


def line(*messages: object, **beside: object) -> bytes:
    """One example; lone surrogates are written as JSON escapes, as an export with a bug does."""
    return json.dumps({"messages": list(messages), **beside}).encode()


def numbered(count: int) -> list[bytes]:
    return [
        line(SYSTEM, message("user", f"Scenario {n}"), message("assistant", f"Joke {n}. Haha")) for n in range(count)
    ]


def file(*lines: bytes, end: bytes = b"\n") -> bytes:
    return b"".join(one + end for one in lines)


GOOD = numbered(12)


def with_line(one: bytes) -> bytes:
    """A good file whose third line is this one."""
    return file(*GOOD[:2], one, *GOOD[2:])


def taken(name: str, one: bytes) -> Case:
    return Case(name, with_line(one))


def refused(name: str, one: bytes, *says: str) -> Case:
    return Case(name, with_line(one), 3, says)


def with_tools(name: str, one: bytes) -> Case:
    return Case(name, with_line(one), tools=True)


WHOLE_FILES: Sequence[Case] = (
    Case("plain", file(*GOOD)),
    Case("byte order mark", BYTE_ORDER_MARK + file(*GOOD)),
    Case("byte order mark and CRLF", BYTE_ORDER_MARK + file(*GOOD, end=b"\r\n")),
    Case("no newline at the end", file(*GOOD).rstrip()),
    Case("blank line at the end", file(*GOOD, b"")),
    Case("blank lines between", file(*(part for one in GOOD for part in (one, b"")))),
    Case("lines of blanks", file(*GOOD[:6], b"  \t ", *GOOD[6:], b" ")),
    Case("blank lines count as lines", file(b"", b"", *GOOD[:4], b"[]", *GOOD[4:]), 7, ("object",)),
    Case("ten examples", file(*GOOD[:10])),
    Case("nine examples", file(*GOOD[:9]), 0, ("10", "9")),
    Case("nine examples and blank lines", file(*GOOD[:9], b"", b""), 0, ("10", "9")),
    Case("only blank lines", b"\n\n\n", 0, ("10", "0")),
    Case("one example ten times", file(*GOOD[:1] * 10)),
)

TAKEN_LINES: Sequence[Case] = (
    taken("no system message", line(USER, ANSWER)),
    taken("empty system text", line(message("system", ""), USER, ANSWER)),
    taken("developer message", line(message("developer", "Joke."), USER, ANSWER)),
    taken("several turns", line(SYSTEM, USER, ANSWER, USER, ANSWER)),
    taken("weight 1", line(USER, {**ANSWER, "weight": 1})),
    taken("weight null", line(USER, {**ANSWER, "weight": None})),
    taken("one answer of two weighs 0", line(USER, {**ANSWER, "weight": 0}, USER, ANSWER)),
    taken("the last answer weighs 0, an earlier one 1", line(USER, ANSWER, USER, {**ANSWER, "weight": 0})),
    taken("name", line({**USER, "name": "ada"}, ANSWER)),
    taken("name null", line({**USER, "name": None}, ANSWER)),
    taken(
        "text parts", line(message("user", [{"type": "text", "text": "A "}, {"type": "text", "text": "man"}]), ANSWER)
    ),
    taken("answer in text parts", line(USER, message("assistant", [{"type": "text", "text": "He ran. Haha"}]))),
    taken("tool calls null", line(USER, {**ANSWER, "tool_calls": None, "function_call": None})),
    taken("tools null or empty", line(USER, ANSWER, tools=[], functions=None)),
    taken(
        "a whole emoji as two escapes",
        b'{"messages": [{"role": "user", "content": "\\ud83d\\ude02"}, {"role": "assistant", "content": "Haha"}]}',
    ),
    taken("an answer that is one emoji", line(USER, message("assistant", "👍🏽"))),
    taken("blanks around the object", b"  " + line(USER, ANSWER) + b"\t"),
    taken("a long line", line(USER, message("assistant", "ha " * 300_000))),
)

REFUSED_LINES: Sequence[Case] = (
    refused("not JSON", b"scenario,joke", "JSON"),
    refused("half of an object", b'{"messages": [', "JSON"),
    refused("two objects", line(USER, ANSWER) + line(USER, ANSWER), "JSON"),
    refused("not a number", b'{"messages": [{"role": "user", "content": NaN}, {"role": "assistant", "content": "A"}]}', "JSON"),
    refused("a number of 5,000 digits", b"9" * 5000, "JSON"),
    refused("deeply nested", b"[" * 100_000, "JSON"),
    refused("not UTF-8", b'{"messages": "\xff"}', "UTF-8"),
    refused("a byte order mark in the middle", BYTE_ORDER_MARK + line(USER, ANSWER), "byte order mark"),
    refused("longer than 2 MB", line(USER, message("assistant", "a" * MAX_LINE_BYTES)), "2 MB"),
    refused("a list", b"[]", "object"),
    refused("a string", b'"messages"', "object"),
    refused("no messages", b"{}", "messages"),
    refused("no message", line(), "messages"),
    refused("messages is an object", b'{"messages": {}}', "messages"),
    refused("prompt and completion", b'{"prompt": "A man", "completion": "Haha"}', "messages"),
    refused("message is a string", line(USER, "Haha"), "message 2", "object"),
    refused("message is null", line(USER, None), "message 2", "object"),
    refused("unknown role", line(message("bot", "A"), ANSWER), "message 1", "role", "bot"),
    refused("no role", line(USER, {"content": "Haha"}), "message 2", "role"),
    refused("role is a list", line({"role": ["user"], "content": "A"}, ANSWER), "message 1", "role"),
    refused("no answer", line(USER), "last message", "assistant"),
    refused("question last", line(ANSWER, USER), "last message", "assistant"),
    refused("tool result last", line(USER, CALLING, RESULT), "last message", "assistant"),
    refused("no user message", line(SYSTEM, ANSWER), "user"),
    refused("content missing", line(USER, {"role": "assistant"}), "message 2", "no content"),
    refused("content null", line(message("user", None), ANSWER), "message 1", "no content"),
    refused("content empty", line(message("user", ""), ANSWER), "message 1", "empty"),
    refused("content blank", line(USER, message("assistant", " \n")), "message 2", "empty"),
    refused("content a number", line(message("user", 7), ANSWER), "message 1", "number"),
    refused("content a boolean", line(message("user", True), ANSWER), "message 1", "boolean"),
    refused("content an object", line(message("user", {"text": "A"}), ANSWER), "message 1", "object"),
    refused("content an empty list", line(message("user", []), ANSWER), "message 1", "empty"),
    refused("an image part", line(message("user", [{"type": "image_url", "image_url": {"url": "x"}}]), ANSWER), "message 1", "image_url"),
    refused("a part that is a string", line(message("user", ["A man"]), ANSWER), "message 1", "part"),
    refused("a part without text", line(message("user", [{"type": "text"}]), ANSWER), "message 1", "part"),
    refused("parts that are all empty", line(message("user", [{"type": "text", "text": ""}]), ANSWER), "message 1", "empty"),
    refused("weight true", line(USER, {**ANSWER, "weight": True}), "message 2", "weight"),
    refused("weight 0.5", line(USER, {**ANSWER, "weight": 0.5}), "message 2", "weight"),
    refused("weight as text", line(USER, {**ANSWER, "weight": "1"}), "message 2", "weight"),
    refused("weight of a user's message", line({**USER, "weight": 1}, ANSWER), "message 1", "weight"),
    refused("all weights 0", line(USER, {**ANSWER, "weight": 0}), "weight"),
    refused("name is a number", line({**USER, "name": 7}, ANSWER), "message 1", "name"),
    refused("half an emoji in the answer", line(USER, message("assistant", HALF_EMOJI)), "message 2", "half"),
    refused("half an emoji in the question", line(message("user", HALF_EMOJI), ANSWER), "message 1", "half"),
    refused("half an emoji in the system text", line(message("system", HALF_EMOJI), USER, ANSWER), "message 1", "half"),
    refused("half an emoji in a name", line({**USER, "name": HALF_EMOJI}, ANSWER), "message 1", "half"),
    refused("half an emoji in a text part", line(message("user", [{"type": "text", "text": HALF_EMOJI}]), ANSWER), "message 1", "half"),
    refused("the other half", line(USER, message("assistant", "\ude02 Haha")), "message 2", "half"),
    refused("tool_calls is no list", line(USER, {**ANSWER, "tool_calls": "find"}), "message 2", "tool_calls"),
    refused("tools is no list", line(USER, ANSWER, tools={"a": 1}), "tools"),
)  # fmt: skip

TOOL_LINES: Sequence[Case] = (
    with_tools("a tool call without text", line(USER, CALLING, RESULT, ANSWER)),
    with_tools("a tool call as the answer", line(USER, CALLING)),
    with_tools("an old function call", line(USER, OLD_CALL)),
    with_tools("a function's result", line(USER, OLD_CALL, message("function", "He ran.", name="find_joke"), ANSWER)),
    with_tools("tools beside plain messages", line(USER, ANSWER, tools=[TOOL])),
    with_tools("functions beside plain messages", line(USER, ANSWER, functions=[TOOL["function"]])),
    with_tools("a call beside text", line(USER, {**ANSWER, "tool_calls": [CALL]}, RESULT, ANSWER)),
)

CASES: Sequence[Case] = (*WHOLE_FILES, *TAKEN_LINES, *REFUSED_LINES, *TOOL_LINES)
