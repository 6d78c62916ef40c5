"""The fast way through training files: many lines at a time, column by column.

It takes lines whose messages all have the same roles in the same order, and a text and nothing else each, as generated
training files do. Of whatever differs it says nothing but that: such lines are read one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, repeat
from operator import itemgetter

from jiter import from_json

from bot.datasets.line import MAX_LINE_BYTES, ROLES, TOOL_ROLES, Digest
from bot.tokens import TokenCount

MAX_MESSAGES = 64
UNUSUAL = (ValueError, TypeError, KeyError)

MESSAGES, ROLE, CONTENT = itemgetter("messages"), itemgetter("role"), itemgetter("content")


@dataclass(frozen=True)
class Block:
    """Of each line what its `Digest` has; none of them uses tools."""

    keys: Sequence[int]
    tokens: Sequence[int]
    answers: Sequence[str]
    questions: Sequence[str]

    def digest(self, index: int) -> Digest:
        """What the check remembers of one line."""
        return Digest(self.keys[index], self.tokens[index], self.answers[index], self.questions[index], tools=False)


def read_block(lines: Sequence[bytes], count: TokenCount) -> Block | None:
    """The lines as columns; None if there are none, or one of them is of another kind than the rest, or wrong."""
    try:
        return _read(lines, count) if lines else None
    except UNUSUAL:
        return None


def _read(lines: Sequence[bytes], count: TokenCount) -> Block | None:
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
    return Block(keys, count.chats(columns), columns[-1], columns[asker])


@lru_cache(32)
def _asker(shape: tuple[str, ...]) -> int:
    """Where the last user's message stands. Raises ValueError for roles that are unusual."""
    usual = set(ROLES).difference(TOOL_ROLES)
    if len(shape) > MAX_MESSAGES or shape[-1:] != ("assistant",) or not set(shape) <= usual:
        raise ValueError
    return len(shape) - 1 - shape[::-1].index("user")
