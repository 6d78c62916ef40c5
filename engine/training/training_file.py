"""Training files: OpenAI's chat JSONL, one conversation a line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.training.lines import KINDS, LineError, as_object, check, list_in, read_lines

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
HALF_A_CHARACTER = "half an emoji or another half character (a lone surrogate), which UTF-8 cannot hold"
CALLS_TOOLS = "it calls tools; this engine's models train on text only"
NO_USER = "it has no message from the user"


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
    return read_lines(path, param, _example)


def _example(example: dict[str, object]) -> Example:
    calls_tools = [bool(list_in(example, name, "its")) for name in ("tools", "functions")]
    messages, called = read_messages(example, "messages")
    check(messages[-1].role == "assistant", "the last message must be the assistant's")
    check(any(message.role == "user" for message in messages), NO_USER)
    check(any(message.trained for message in messages), "every assistant message has the weight 0: nothing to learn")
    check(not called and not any(calls_tools), CALLS_TOOLS)
    return Example(messages)


def read_messages(given: dict[str, object], name: str, within: str = "") -> tuple[tuple[Message, ...], bool]:
    """The list of messages under a name, and whether any of them calls tools. `within` names the object that has the list."""
    listed = given.get(name)
    found = "empty" if listed == [] else KINDS[type(listed)] if name in given else "missing"
    if not isinstance(listed, list) or not listed:
        path = f"{within}.{name}" if within else name
        raise LineError(f"`{path}` must be a list of messages, but is {found}")
    messages, calls_tools = [], False
    for number, item in enumerate(listed, 1):
        place = f"message {number}" if name == "messages" else f"{name} message {number}"
        place = f"{within} {place}" if within else place
        message = as_object(item, place)
        called = bool(list_in(message, "tool_calls", f"{place} has")) or message.get("function_call") is not None
        called = called or message.get("role") in ("tool", "function")
        messages.append(_message(message, place, may_be_silent=called))
        calls_tools = calls_tools or called
    return tuple(messages), calls_tools


def _message(given: dict[str, object], place: str, *, may_be_silent: bool) -> Message:
    role, name, weight, content = map(given.get, ("role", "name", "weight", "content"))
    check(role is not None, f"{place} has no role")
    check(role in ROLES, f"{place} has the role {json.dumps(role)[:60]}; it must be one of {', '.join(ROLES)}")
    check(isinstance(name, str | None), f"{place} has a `name` that is {KINDS[type(name)]}, not text")
    weighs = weight is None or (weight in (0, 1) and not isinstance(weight, bool))
    check(weighs, f"{place} has a `weight` that is neither 0 nor 1")
    check(weight is None or role == "assistant", f"{place} has a `weight`, which only the assistant's may have")
    text = "" if content is None and may_be_silent else _text(content, place)
    check(is_whole(f"{text}{name}"), f"{place} has {HALF_A_CHARACTER}")
    check(bool(text.strip()) or role in ("system", "developer") or may_be_silent, f"{place} is empty")
    return Message(str(role), text, trained=role == "assistant" and weight != 0)


def _text(content: object, place: str) -> str:
    """The text of a `content`: text, or a list of text parts, which belong together."""
    check(content is not None, f"{place} has no content")
    if not isinstance(content, str | list):
        raise LineError(f"{place} has a `content` that is {KINDS[type(content)]}, not text")
    return content if isinstance(content, str) else "".join(_part(part, place) for part in content)


def _part(part: object, place: str) -> str:
    if not isinstance(part, dict) or not isinstance(kind := part.get("type"), str):
        raise LineError(f"{place} has a content part that is not a text part")
    check(kind == "text", f"{place} has a content part of the type {kind!r:.60}; only 'text' can be learned")
    if not isinstance(text := part.get("text"), str):
        raise LineError(f"{place} has a text part without text")
    return text


def is_whole(text: str) -> bool:
    """Whether UTF-8 can hold a text: it has no half characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
