"""Training files: OpenAI's chat JSONL, checked line by line."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIN_EXAMPLES = 10
ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class DatasetError(Exception):
    """A file that cannot be trained on, with OpenAI's code for the reason."""

    def __init__(self, code: str, message: str) -> None:
        """`code` is a job's error.code, `message` names the line and what is wrong with it."""
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Message:
    """One message of an example. `trained` is false for an assistant's message with weight 0."""

    role: str
    content: str
    trained: bool


@dataclass(frozen=True)
class Example:
    """One line of a training file."""

    messages: tuple[Message, ...]

    def turns(self) -> Iterator[tuple[str, str]]:
        """Each trained answer with the user's message before it."""
        request = ""
        for message in self.messages:
            if message.role == "user":
                request = message.content
            elif message.role == "assistant" and message.trained:
                yield request, message.content


def read_examples(path: Path, fewest: int = MIN_EXAMPLES) -> list[Example]:
    """Parse a training file, or a validation file with `fewest=1`. Raises DatasetError at the first fault."""
    examples = [example for number, line in _lines(path) for example in [_example(number, line)]]
    if len(examples) < fewest:
        name = "Training" if fewest > 1 else "Validation"
        count = f"{len(examples)} example(s), but must have at least {fewest} {'examples' if fewest > 1 else 'example'}"
        raise DatasetError("invalid_n_examples", f"{name} file has {count}.")
    return examples


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open("rb") as stream:
        for number, raw in enumerate(stream, 1):
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            except UnicodeDecodeError as error:
                raise _fault(number, "it is not UTF-8 text") from error
            if line:
                yield number, line


def _example(number: int, line: str) -> Example:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _fault(number, "it is not a JSON object") from error
    if not isinstance(parsed, dict):
        raise _fault(number, "it is not a JSON object")
    listed = parsed.get("messages")
    if not isinstance(listed, list) or not listed:
        raise _fault(number, "it must have a non-empty list `messages`")
    messages = tuple(_message(number, place, message) for place, message in enumerate(listed, 1))
    example = Example(messages)
    if messages[-1].role != "assistant":
        raise _fault(number, "its last message must be from the role `assistant`")
    if not any(message.role == "user" for message in messages):
        raise _fault(number, "it has no message from the role `user`")
    if not any(True for _ in example.turns()):
        raise _fault(number, "it has no assistant message to learn (each has weight 0)")
    return example


def _message(number: int, place: int, message: Any) -> Message:
    if not isinstance(message, dict):
        raise _fault(number, f"message {place} is not a JSON object")
    role, content, weight = message.get("role"), message.get("content"), message.get("weight", 1)
    if role not in ROLES:
        raise _fault(number, f"message {place} has the role {json.dumps(role)}; known roles are {', '.join(ROLES)}")
    if not isinstance(content, str) or not content.strip():
        raise _fault(number, f"message {place} must have text in `content`")
    if isinstance(weight, bool) or weight not in (0, 1) or (role != "assistant" and "weight" in message):
        raise _fault(number, f"message {place} may have a `weight` of 0 or 1, and only from the role `assistant`")
    return Message(role, content, bool(weight))


def _fault(number: int, fault: str) -> DatasetError:
    return DatasetError("invalid_training_file", f"Line {number}: {fault}.")
