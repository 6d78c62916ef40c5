"""Training files: OpenAI's chat JSONL, UTF-8, one example a line. Blank lines are passed over, and count as lines."""

import itertools
import json
from collections.abc import Iterator, Sequence
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
    """One line of a training file."""

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
    if not isinstance(listed, list) or not listed:
        found = "empty" if listed == [] else _kind(listed) if "messages" in example else "missing"
        raise _LineError(f"`messages` must be a list of messages, but is {found}")
    calls_tools = [bool(_list(example, name, "its")) for name in ("tools", "functions")]
    read = []
    for number, given in enumerate(listed, 1):
        place = f"message {number}"
        message = _object(given, place)
        calls_tools.append(_calls_tools(message, place))
        read.append(_message(message, place, may_be_silent=calls_tools[-1]))
    _check_conversation(read)
    if any(calls_tools):
        raise _LineError("it calls tools; this engine's models train on text only")
    return Example(tuple(read))


def _parsed(line: bytes) -> object:
    if len(line) > MAX_LINE_BYTES:
        raise _LineError("it is longer than 2 MB")
    if line.startswith(_BYTE_ORDER_MARK):
        raise _LineError("it begins with a byte order mark, which belongs at the very start of a file")
    try:
        return json.loads(line.decode(), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise _LineError("it is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise _LineError("it is not valid JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_conversation(messages: Sequence[Message]) -> None:
    if messages[-1].role != "assistant":
        raise _LineError("the last message must be the assistant's")
    if not any(message.role == "user" for message in messages):
        raise _LineError("it has no message from the user")
    if not any(message.trained for message in messages):
        raise _LineError("every assistant message has the weight 0, so there is nothing to learn")


def _message(given: dict[str, object], place: str, *, may_be_silent: bool) -> Message:
    role, name, weight = given.get("role"), given.get("name"), given.get("weight")
    if not isinstance(role, str) or role not in ROLES:
        told = f"has the role {json.dumps(role)[:60]}" if role is not None else "has no role"
        raise _LineError(f"{place} {told}; it must be one of {', '.join(ROLES)}")
    if name is not None and not isinstance(name, str):
        raise _LineError(f"{place} has a `name` that is {_kind(name)}, not text")
    if weight is not None and (isinstance(weight, bool) or weight not in (0, 1)):
        raise _LineError(f"{place} has a `weight` that is neither 0 nor 1")
    if weight is not None and role != "assistant":
        raise _LineError(f"{place} has a `weight`, which only the assistant's may have")
    content = given.get("content")
    text = "" if content is None and may_be_silent else _text(content, place)
    if not is_whole(text + (name or "")):
        raise _LineError(f"{place} has {HALF_A_CHARACTER}")
    if not text.strip() and role not in ("system", "developer") and not may_be_silent:
        raise _LineError(f"{place} is empty")
    return Message(role, text, trained=role == "assistant" and weight != 0)


def _text(content: object, place: str) -> str:
    """The text of a `content`: text, or a list of text parts, which belong together."""
    if content is None:
        raise _LineError(f"{place} has no content")
    if not isinstance(content, str | list):
        raise _LineError(f"{place} has a `content` that is {_kind(content)}, not text")
    return content if isinstance(content, str) else "".join(_part(part, place) for part in content)


def _part(part: object, place: str) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        raise _LineError(f"{place} has a content part that is not a text part")
    if kind != "text":
        raise _LineError(f"{place} has a content part of the type {json.dumps(kind)[:60]}; only `text` can be learned")
    text = part.get("text")
    if not isinstance(text, str):
        raise _LineError(f"{place} has a text part without text")
    return text


def _calls_tools(given: dict[str, object], place: str) -> bool:
    called = bool(_list(given, "tool_calls", f"{place} has")) or given.get("function_call") is not None
    return called or given.get("role") in ("tool", "function")


def _list(given: dict[str, object], name: str, owner: str) -> list[object]:
    value = given.get(name)
    if not isinstance(value, list | None):
        raise _LineError(f"{owner} `{name}` that is {_kind(value)}, not a list")
    return value or []


def _object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _LineError(f"{what} is {_kind(value)}, not a JSON object")
    return value


def is_whole(text: str) -> bool:
    """Whether UTF-8 can hold a text: it has no half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    return _KINDS[type(value)]
