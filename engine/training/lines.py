"""Files of JSON lines: UTF-8, one example a line. Blank lines are passed over, and count as lines."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

from engine.training.trainer import RefusedError

MIN_EXAMPLES = 10
MAX_LINE_BYTES = 2 * 1024 * 1024
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLANKS = b" \t\r\n"
_NUMBER = "a number"
KINDS = {
    bool: "a boolean",
    str: "text",
    int: _NUMBER,
    float: _NUMBER,
    list: "a list",
    dict: "an object",
    type(None): "null",
}

ExampleT = TypeVar("ExampleT")


class TrainingFileError(RefusedError):
    """A file that cannot be trained on; the text names the line and what is wrong with it."""


class LineError(Exception):
    """What is wrong with one line."""


def read_lines(path: Path, param: str, read: Callable[[dict[str, object]], ExampleT]) -> Iterator[ExampleT]:
    """What `read` makes of each line's object. Raises TrainingFileError at the first fault: one of JSON, or its LineError.

    A training file has at least 10 examples, a `validation_file` one.
    """
    count = 0
    for number, line in _lines(path):
        try:
            yield read(as_object(_parsed(line), "it"))
        except LineError as error:
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


def _parsed(line: bytes) -> object:
    check(len(line) <= MAX_LINE_BYTES, "it is longer than 2 MB")
    begins_again = line.startswith(_BYTE_ORDER_MARK)
    check(not begins_again, "it begins with a byte order mark, which belongs at the very start of a file")
    try:
        return json.loads(line.decode(), parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise LineError("it is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise LineError("it is not valid JSON") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def list_in(given: dict[str, object], name: str, owner: str) -> list[object]:
    value = given.get(name)
    if not isinstance(value, list | None):
        raise LineError(f"{owner} `{name}` that is {KINDS[type(value)]}, not a list")
    return value or []


def as_object(value: object, what: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise LineError(f"{what} is {KINDS[type(value)]}, not a JSON object")
    return value


def check(holds: bool, fault: str) -> None:
    if not holds:
        raise LineError(fault)
