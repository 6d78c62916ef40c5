"""Many lines of a training file at a time, as columns.

There is a fast way for lines whose messages all have the same roles in the same order, and a text and nothing else each, as generated
training files do. Where a line differs, all are read one by one by `bot.datasets.line`, which knows what may be wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat
from operator import itemgetter

from jiter import from_json

from bot.datasets.findings import LineError
from bot.datasets.line import MAX_LINE_BYTES, read_line
from bot.datasets.message import ROLES, TOOL_ROLES
from bot.tokens import TokenCount

MAX_MESSAGES = 64
Row = tuple[int, int, int, str, str, bool, bool]

UNUSUAL = (ValueError, TypeError, KeyError)

MESSAGES, ROLE, CONTENT = itemgetter("messages"), itemgetter("role"), itemgetter("content")


@dataclass(frozen=True)
class Block:
    """Of each example: the number of its line, and what its `Digest` has. Of each line that is wrong: its number, and why."""

    numbers: Sequence[int]
    keys: Sequence[int]
    tokens: Sequence[int]
    answers: Sequence[str]
    questions: Sequence[str]
    tools: Sequence[bool]
    pairs: Sequence[bool]
    errors: Sequence[tuple[int, LineError]] = ()

    def rows(self) -> Iterator[Row]:
        """The examples one by one."""
        columns = self.numbers, self.keys, self.tokens, self.answers, self.questions, self.tools, self.pairs
        return zip(*columns, strict=True)


def read_block(lines: Sequence[bytes], first: int, count: TokenCount) -> Block:
    """The examples in these lines, which are numbered from `first`, and what is wrong with lines that have none; blank ones are passed over."""
    return read_usual(lines, first, count) or _read_each(lines, first, count)


def read_usual(lines: Sequence[bytes], first: int, count: TokenCount) -> Block | None:
    """The fast way; None if there are no lines, or one of them is of another kind than the rest, or wrong."""
    try:
        return _read(lines, first, count) if lines else None
    except UNUSUAL:
        return None


def columns_of(rows: Sequence[Row], errors: Sequence[tuple[int, LineError]]) -> Block:
    """A block of these examples."""
    numbers, keys, tokens, answers, questions, tools, pairs = zip(*rows, strict=True) if rows else repeat((), 7)
    return Block(numbers, keys, tokens, answers, questions, tools, pairs, errors)


def _read_each(lines: Sequence[bytes], first: int, count: TokenCount) -> Block:
    rows, errors = list[Row](), list[tuple[int, LineError]]()
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        if usual := read_usual([line], number, count):
            rows += usual.rows()
            continue
        try:
            if digest := read_line(line, count):
                rows.append((number, *digest))
        except LineError as error:
            errors.append((number, error))
    return columns_of(rows, errors)


def _read(lines: Sequence[bytes], first: int, count: TokenCount) -> Block | None:
    examples = list(map(from_json, lines))
    chats = list(map(MESSAGES, examples))
    shape = tuple([message["role"] for message in chats[0]])
    asker, size = _asker(shape), len(shape)
    messages = list(chain.from_iterable(chats))
    texts = list(map(CONTENT, messages))
    if not (
        max(map(len, lines)) <= MAX_LINE_BYTES
        and set(map(len, examples)) == {1}
        and set(map(len, chats)) == {size}
        and set(map(len, messages)) == {2}
        and list(map(ROLE, messages)) == list(shape) * len(lines)
        and all(map(str.strip, texts))
    ):
        return None
    columns = [texts[index::size] for index in range(size)]
    keys = list(map(hash, zip(repeat(shape), *columns)))
    numbers, none = range(first, first + len(lines)), [False] * len(lines)
    return Block(numbers, keys, count.chats(columns), columns[-1], columns[asker], tools=none, pairs=none)


@lru_cache(32)
def _asker(shape: tuple[str, ...]) -> int:
    """Where the last user's message stands. Raises ValueError for roles that are unusual."""
    usual = set(ROLES).difference(TOOL_ROLES)
    if len(shape) > MAX_MESSAGES or shape[-1:] != ("assistant",) or not set(shape) <= usual:
        raise ValueError
    return len(shape) - 1 - shape[::-1].index("user")
