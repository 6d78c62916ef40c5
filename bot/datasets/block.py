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

from bot.datasets.line import MAX_LINE_BYTES, ROLES
from bot.tokens import TokenCount

MAX_MESSAGES = 64
NOT_USUAL = (ValueError, TypeError, KeyError)

MESSAGES, ROLE, CONTENT = itemgetter("messages"), itemgetter("role"), itemgetter("content")

# A hash of a whole example, its tokens, the answer, and what it answers.
Example = tuple[int, int, str, str]


@dataclass(frozen=True)
class Block:
    """Of each line: a hash of the whole example, its tokens, the answer, and what it answers."""

    keys: Sequence[int]
    tokens: Sequence[int]
    answers: Sequence[str]
    asked: Sequence[str]

    def example(self, index: int) -> Example:
        """What there is of one line."""
        return self.keys[index], self.tokens[index], self.answers[index], self.asked[index]


def read_block(lines: Sequence[bytes], count: TokenCount) -> Block | None:
    """The lines as columns; None if there are none, or one of them is of another kind than the rest, or faulty."""
    try:
        return _read(lines, count) if lines else None
    except NOT_USUAL:
        return None


def _read(lines: Sequence[bytes], count: TokenCount) -> Block | None:
    chats = list(map(MESSAGES, map(from_json, lines)))
    shape = tuple([message["role"] for message in chats[0]])
    asker, size = _asker(shape), len(shape)
    messages = list(chain.from_iterable(chats))
    texts = list(map(CONTENT, messages))
    if not (
        max(map(len, lines)) <= MAX_LINE_BYTES
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
    """Where the last user's message stands; the first message without one. Raises ValueError for what is not usual."""
    if not shape or len(shape) > MAX_MESSAGES or shape[-1] != "assistant" or not set(shape) <= set(ROLES):
        raise ValueError
    return max((index for index, role in enumerate(shape) if role == "user"), default=0)
