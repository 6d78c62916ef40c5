"""One line of a training file: a chat as OpenAI's supervised fine-tuning takes it.

This is the exact and slow reading, which says what is wrong; `bot.datasets.checker` has a fast one for lines that are fine.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

MAX_LINE_BYTES = 2 * 1024 * 1024
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class FaultyLineError(Exception):
    """The text says what is wrong with the line."""


def read_messages(line: bytes) -> Sequence[Mapping[str, Any]]:
    """The messages of a line that can be trained on. Raises `FaultyLineError`."""
    messages = _messages(_object(line))
    for index, message in enumerate(messages, start=1):
        _check_content(index, message)
    if messages[-1]["role"] != "assistant":
        raise FaultyLineError("the answer is missing; the last message must be the assistant's.")
    return messages


def contents(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """The text of each message; a call of a tool has none."""
    return [message.get("content") or "" for message in messages]


def other_texts(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """What else is paid for: names, and calls of tools as JSON."""
    values = [
        value for message in messages for key, value in message.items() if key not in ("role", "content", "weight")
    ]
    return [value if isinstance(value, str) else json.dumps(value) for value in values if value is not None]


def _object(line: bytes) -> Mapping[str, Any]:
    text = _text(line)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a plain ValueError
        where = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise FaultyLineError(f"is not JSON{where}; each line must be one JSON object.") from None
    if not isinstance(value, dict):
        raise FaultyLineError('is not a JSON object; it must look like {"messages": [...]}.')
    return value


def _text(line: bytes) -> str:
    if len(line) > MAX_LINE_BYTES:
        raise FaultyLineError(f"is longer than {MAX_LINE_BYTES // 2**20} MB; each example must be a line of its own.")
    if line.startswith(BYTE_ORDER_MARK):
        raise FaultyLineError("begins with a byte order mark; save the file as UTF-8 without one.")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise FaultyLineError("is not UTF-8 text.") from None
    if not text.strip():
        raise FaultyLineError("is empty; remove it.")
    return text


def _messages(example: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    messages = example.get("messages")
    if not isinstance(messages, list) or not messages:
        raise FaultyLineError('has no “messages”; it must look like {"messages": [...]}.')
    for index, message in enumerate(messages, start=1):
        if not isinstance(message, dict):
            raise FaultyLineError(f"message {index} is not an object with a role and a content.")
        if message.get("role") not in ROLES:
            raise FaultyLineError(
                f"message {index} has the role {_shown(message.get('role'))}; use system, user or assistant."
            )
    return messages


def _check_content(index: int, message: Mapping[str, Any]) -> None:
    if "weight" in message and (message["role"] != "assistant" or message["weight"] not in (0, 1)):
        raise FaultyLineError(f"message {index} has a wrong weight; only an assistant's message may have one, 0 or 1.")
    content = message.get("content")
    calls = message.get("tool_calls") or message.get("function_call")
    if message["role"] == "assistant" and content is None and calls:
        return
    if not isinstance(content, str) or not content.strip():
        missing = "the answer is missing" if message["role"] == "assistant" else "the content is missing"
        raise FaultyLineError(f"message {index} ({message['role']}): {missing}; it must be text.")


def _shown(value: object) -> str:
    try:
        return "none" if value is None else f"“{str(value)[:40]}”"
    except RecursionError:
        return "“…”"
