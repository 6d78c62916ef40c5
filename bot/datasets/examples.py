"""The examples of a training file that was checked, as what the model is told, asked, and should answer."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bot.characters import mended
from bot.datasets.line import text_of


class Example(NamedTuple):
    """The last turn of each side; empty where there is none."""

    system: str
    user: str
    assistant: str


def examples(lines: Iterable[bytes]) -> Iterator[Example]:
    """What each line holds, in order; blank lines are passed over."""
    for line in filter(bytes.strip, lines):
        last = {message["role"]: text_of(message.get("content")) for message in json.loads(line)["messages"]}
        yield Example(*(mended(last.get(role, "")) for role in Example._fields))


def first_examples(path: Path, most: int) -> tuple[Example, ...]:
    """At most so many, from the start of a file. Blocking."""
    with path.open("rb") as lines:
        return tuple(islice(examples(lines), most))


def usual_system(taught: Iterable[Example]) -> str:
    """The system message that most examples have; empty where that is none."""
    counted = Counter(example.system.strip() for example in taught)
    return counted.most_common(1)[0][0] if counted else ""
