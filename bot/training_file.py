"""The training file format: JSON Lines, one chat a line, as OpenAI's supervised fine-tuning takes it.

`check` reads a file once, line by line, so that its size does not matter for memory.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.tokens import estimate_chat_tokens

MIN_EXAMPLES = 10
KEPT_FAULTS = 50
ROLES = ("system", "developer", "user", "assistant", "tool", "function")


@dataclass(frozen=True)
class Fault:
    """What is wrong; `line` counts from 1, and is None for the file as a whole."""

    line: int | None
    text: str

    def __str__(self) -> str:
        return self.text if self.line is None else f"Line {self.line}: {self.text}"


@dataclass
class FileCheck:
    """What one pass over a file found. `tokens` is an estimate for one pass of training."""

    examples: int = 0
    tokens: int = 0
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    def blame(self, line: int | None, text: str) -> None:
        """Count a fault, and keep it if there is room."""
        self.fault_count += 1
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append(Fault(line, text))


def check(lines: Iterable[bytes]) -> FileCheck:
    """Every fault of a training file in one pass."""
    result = FileCheck()
    for number, line in enumerate(lines, start=1):
        try:
            contents = _contents(line)
        except _FaultyLineError as fault:
            result.blame(number, str(fault))
        else:
            result.examples += 1
            result.tokens += estimate_chat_tokens(contents)
    if result.examples < MIN_EXAMPLES and not result.faults:
        result.blame(None, f"A training file needs at least {MIN_EXAMPLES} examples; this one has {result.examples}.")
    return result


class _FaultyLineError(Exception):
    """The text says what is wrong with the line."""


def _contents(line: bytes) -> list[str]:
    messages = _messages(_object(line))
    contents = [_content(index, message) for index, message in enumerate(messages, start=1)]
    if messages[-1]["role"] != "assistant":
        raise _FaultyLineError("the answer is missing; the last message must be the assistant's.")
    return contents


def _object(line: bytes) -> Mapping[str, Any]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise _FaultyLineError("is not UTF-8 text.") from None
    if not text.strip():
        raise _FaultyLineError("is empty; remove it.")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a plain ValueError
        where = f" (column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise _FaultyLineError(f"is not JSON{where}; each line must be one JSON object.") from None
    if not isinstance(value, dict):
        raise _FaultyLineError('is not a JSON object; it must look like {"messages": [...]}.')
    return value


def _messages(example: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    messages = example.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _FaultyLineError('has no “messages”; it must look like {"messages": [...]}.')
    for index, message in enumerate(messages, start=1):
        if not isinstance(message, dict):
            raise _FaultyLineError(f"message {index} is not an object with a role and a content.")
        if message.get("role") not in ROLES:
            raise _FaultyLineError(
                f"message {index} has the role {_shown(message.get('role'))}; use system, user or assistant."
            )
    return messages


def _content(index: int, message: Mapping[str, Any]) -> str:
    if "weight" in message and (message["role"] != "assistant" or message["weight"] not in (0, 1)):
        raise _FaultyLineError(f"message {index} has a wrong weight; only an assistant's message may have one, 0 or 1.")
    content = message.get("content")
    if (
        message["role"] == "assistant"
        and content is None
        and (message.get("tool_calls") or message.get("function_call"))
    ):
        return ""
    if not isinstance(content, str) or not content.strip():
        missing = "the answer is missing" if message["role"] == "assistant" else "the content is missing"
        raise _FaultyLineError(f"message {index} ({message['role']}): {missing}; it must be text.")
    return content


def _shown(value: object) -> str:
    return "none" if value is None else f"“{str(value)[:40]}”"


def examples(lines: Iterable[bytes]) -> Iterator[tuple[str, str, str]]:
    """(system, user, assistant) of each line of a checked file: the last turn of either side, empty where there is none."""
    for line in lines:
        last = {message["role"]: message.get("content") or "" for message in json.loads(line)["messages"]}
        yield last.get("system", ""), last.get("user", ""), last.get("assistant", "")
