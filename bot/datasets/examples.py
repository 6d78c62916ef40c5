"""The examples of a training file that was checked, as what the model is told, asked, and should answer."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from bot.characters import mended
from bot.datasets.line import NON_PREFERRED, PREFERRED, is_pair
from bot.datasets.message import Json, text_of


class Example(NamedTuple):
    """The last turn of each role, or empty. For a preference pair `assistant` is the preferred answer and `rejected` the other one."""

    system: str
    user: str
    assistant: str
    rejected: str = ""


def examples(lines: Iterable[bytes]) -> Iterator[Example]:
    """What each line holds, in order; blank lines are passed over."""
    for line in filter(bytes.strip, lines):
        example = json.loads(line)
        yield _pair(example) if is_pair(example) else _example(example["messages"])


def _pair(example: Json) -> Example:
    turns = example["input"]["messages"]
    rejected = _example(example[NON_PREFERRED]).assistant
    return _example([*turns, *example[PREFERRED]])._replace(rejected=rejected)


def _example(messages: Sequence[Json]) -> Example:
    last = {message["role"]: mended(text_of(message.get("content"))) for message in messages}
    return Example(last.get("system", ""), last.get("user", ""), last.get("assistant", ""))


def first_examples(path: Path, most: int) -> tuple[Example, ...]:
    """At most so many, from the start of a file. Blocking."""
    with path.open("rb") as lines:
        return tuple(islice(examples(lines), most))


def usual_system(taught: Iterable[Example]) -> str:
    """The most frequent system message; empty if most examples have none."""
    counted = Counter(example.system.strip() for example in taught)
    return counted.most_common(1)[0][0] if counted else ""
