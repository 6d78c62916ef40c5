"""Training files: OpenAI's chat JSONL, UTF-8, one example a line. Blank lines are passed over, and count as lines."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from engine.training.trainer import RefusedError

MIN_EXAMPLES = 10
MAX_LINE_BYTES = 2 * 1024 * 1024
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
HALF_A_CHARACTER = "half an emoji or another half character (a lone surrogate), which UTF-8 cannot hold"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_NUMBER = "a number"
_KINDS = {
    bool: "a boolean",
    str: "text",
    int: _NUMBER,
    float: _NUMBER,
    list: "a list",
    dict: "an object",
    type(None): "null",
}


class TrainingFileError(RefusedError):
    """A file that cannot be trained on; the text names the line and what is wrong with it."""


class _LineError(Exception):
    """What is wrong with one line."""


@dataclass(frozen=True)
class Message:
    """One message of a conversation as plain text; `trained` marks an answer to learn."""

    role: str
    text: str
    trained: bool = False


@dataclass(frozen=True)
class Example:
    messages: tuple[Message, ...]

    def turns(self) -> Iterator[tuple[str, str]]:
        """Each answer to learn, with the user's message before it."""
        request = ""
        for message in self.messages:
            if message.role == "user":
                request = message.text
            elif message.trained:
                yield request, message.text


def read_examples(path: Path, param: str = "training_file") -> Iterator[Example]:
    """The examples of a file, one at a time. Raises TrainingFileError, whose `param` is this one, at the first fault.

    A training file has at least 10 examples, a `validation_file` one.
    """
    count = 0
    for number, line in _lines(path):
        try:
            yield _example(line)
        except _LineError as error:
            raise TrainingFileError(f"Line {number}: {error}.", param=param) from None
        count += 1
    minimum = MIN_EXAMPLES if param == "training_file" else 1
    if count < minimum:
        message = f"The {param.replace('_', ' ')} has {count} example(s), but must have at least {minimum}."
        raise TrainingFileError(message, "invalid_n_examples", param)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank; of one that is too long, more than is allowed and not all."""
    with path.open("rb") as stream:
        for number in itertools.count(1):
            line = stream.readline(MAX_LINE_BYTES + len(_BYTE_ORDER_MARK) + len(b"\r\n") + 1)
            if not line:
                return
            if stripped := (line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line).strip(_BLANKS):
                yield number, stripped


def _example(line: bytes) -> Example:
    example = _object(_parsed(line), "it")
    listed = example.get("messages")
    found = "empty" if listed == [] else _KINDS[type(listed)] if "messages" in example else "missing"
    if not isinstance(listed, list) or not listed:
        raise _LineError(f"`messages` must be a list of messages, but is {found}")
    calls_tools = [bool(_list(example, name, "its")) for name in ("tools", "functions")]
    messages = []
    for number, given in enumerate(listed, 1):
        place = f"message {number}"
        message = _object(given, place)
        called = bool(_list(message, "tool_calls", f"{place} has")) or message.get("function_call") is not None
        calls_tools.append(called or message.get("role") in ("tool", "function"))
        messages.append(_message(message, place, may_be_silent=calls_tools[-1]))
    _check(messages[-1].role == "assistant", "the last message must be the assistant's")
    _check(any(message.role == "user" for message in messages), "it has no message from the user")
    _check(any(message.trained for message in messages), "every assistant message has the weight 0: nothing to learn")
    _check(not any(calls_tools), "it calls tools; this engine's models train on text only")
    return Example(tuple(messages))


def _parsed(line: bytes) -> object:
    _check(len(line) <= MAX_LINE_BYTES, "it is longer than 2 MB")
    begins_again = line.startswith(_BYTE_ORDER_MARK)
    _check(not begins_again, "it begins with a byte order mark, which belongs at the very start of a file")
    try:
        return json.loads(line.decode(), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise _LineError("it is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise _LineError("it is not valid JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _message(given: dict[str, object], place: str, *, may_be_silent: bool) -> Message:
    role, name, weight, content = map(given.get, ("role", "name", "weight", "content"))
    _check(role is not None, f"{place} has no role")
    _check(role in ROLES, f"{place} has the role {json.dumps(role)[:60]}; it must be one of {', '.join(ROLES)}")
    _check(isinstance(name, str | None), f"{place} has a `name` that is {_KINDS[type(name)]}, not text")
    weighs = weight is None or (weight in (0, 1) and not isinstance(weight, bool))
    _check(weighs, f"{place} has a `weight` that is neither 0 nor 1")
    _check(weight is None or role == "assistant", f"{place} has a `weight`, which only the assistant's may have")
    text = "" if content is None and may_be_silent else _text(content, place)
    _check(is_whole(f"{text}{name}"), f"{place} has {HALF_A_CHARACTER}")
    _check(bool(text.strip()) or role in ("system", "developer") or may_be_silent, f"{place} is empty")
    return Message(str(role), text, trained=role == "assistant" and weight != 0)


def _text(content: object, place: str) -> str:
    """The text of a `content`: text, or a list of text parts, which belong together."""
    _check(content is not None, f"{place} has no content")
    if not isinstance(content, str | list):
        raise _LineError(f"{place} has a `content` that is {_KINDS[type(content)]}, not text")
    return content if isinstance(content, str) else "".join(_part(part, place) for part in content)


def _part(part: object, place: str) -> str:
    if not isinstance(part, dict) or not isinstance(kind := part.get("type"), str):
        raise _LineError(f"{place} has a content part that is not a text part")
    _check(kind == "text", f"{place} has a content part of the type {kind!r:.60}; only 'text' can be learned")
    if not isinstance(text := part.get("text"), str):
        raise _LineError(f"{place} has a text part without text")
    return text


def _list(given: dict[str, object], name: str, owner: str) -> list[object]:
    value = given.get(name)
    if not isinstance(value, list | None):
        raise _LineError(f"{owner} `{name}` that is {_KINDS[type(value)]}, not a list")
    return value or []


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _LineError(f"{what} is {_KINDS[type(value)]}, not a JSON object")
    return value


def _check(holds: bool, fault: str) -> None:
    if not holds:
        raise _LineError(fault)


def is_whole(text: str) -> bool:
    """Whether UTF-8 can hold a text: it has no half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
