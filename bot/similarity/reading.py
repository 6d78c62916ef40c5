"""Texts in the one form in which they are embedded, and what a model reads of them.

Some models have a list of words, and take every word with a character that is not on it (an emoji, a script that they never saw) for
the same unknown one. So 👍 and 👎 get one vector, and their likeness says nothing. Two signs tell that over OpenAI's protocol,
whatever the model: different texts with equal vectors, and characters whose vector is that of any other unknown word.
"""

import asyncio
import hashlib
import re
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from bot.characters import is_whole
from bot.errors import InvalidInputError
from bot.similarity.vectors import EQUAL, Vector, cosine
from bot.texts import similarity as texts
from bot.texts.template import Text, clip
from bot.tokens import estimate_tokens

MAX_TOKENS = 8192  # in one text, as OpenAI's embedding models take it
MAX_SHOWN = 40  # code points of a text that is refused
# Signs of ancient Egypt: a model that does not tell these apart knows neither, nor anything else that gets their vector.
UNKNOWN = ("𓂀", "𓆣")
# As such models cut texts: at blanks, at punctuation, and around each Chinese character.
ALONE = r"!-/:-@\[-`{-~\u00a1-\u00bf\u2010-\u205e\u3001-\u303f\uff01-\uff0f\u3400-\u9fff\uf900-\ufaff"
WORD = re.compile(rf"[{ALONE}]|[^\s{ALONE}]+")

Pair = tuple[str, str]
Embed = Callable[[Sequence[str]], Awaitable[tuple[str, Vector]]]


def normal(text: str) -> str:
    """Composed characters (NFC), single spaces, none at the ends. Raises `InvalidInputError` for what cannot be embedded."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not text:
        raise InvalidInputError(texts.EMPTY)
    if not is_whole(text):
        raise InvalidInputError(texts.HALF)
    tokens = estimate_tokens(text)
    if tokens > MAX_TOKENS:
        raise InvalidInputError(texts.TOO_LONG, tokens=tokens, most=MAX_TOKENS, start=clip(text, MAX_SHOWN))
    return text


def hashed(text: str) -> bytes:
    """What the vector of a normal text is saved under."""
    return hashlib.sha256(text.encode()).digest()


def same_text(first: str, second: str) -> bool:
    """Whether two texts differ in blanks at most."""
    return first.split() == second.split()


@dataclass(frozen=True)
class Reading:
    """What a model reads: nothing of words in which one of the `unknown` characters is."""

    unknown: frozenset[str] = frozenset()

    def words(self, text: str) -> tuple[str, ...]:
        """What is read of a text, without its capitals."""
        return tuple(word for word in _words(text) if self.unknown.isdisjoint(word))

    def doubt(self, first: str, second: str, likeness: float) -> Text | None:
        """A sentence of `bot.texts.similarity` on why the cosine of two texts says nothing about them; None if it does."""
        if (likeness < EQUAL and not self.unknown) or _words(first) == _words(second):
            return None
        one, other = self.words(first), self.words(second)
        if likeness >= EQUAL or one == other:
            return texts.NOT_TOLD_APART
        return None if one and other else texts.NOT_READ


class Reader:
    """Finds out which characters models do not know, and remembers that until the bot ends."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], bool] = {}

    def recall(self, model: str, pairs: Iterable[Pair]) -> Reading | None:
        """What is read of each pair of texts where they differ; None if the model has to be asked."""
        return self._reading(model, _suspects(pairs))

    async def read(self, model: str, pairs: Iterable[Pair], embed: Embed) -> Reading:
        """The same, asking the model if need be: `embed` says which one answered, and its vectors."""
        suspects = await asyncio.to_thread(_suspects, pairs)
        if self._reading(model, suspects) is None:
            asked = [*UNKNOWN, *(one for one in sorted(suspects) if (model, one) not in self._known)]
            model, vectors = await embed(asked)
            knows_all = cosine(vectors[0], vectors[1]) < EQUAL
            for one, vector in zip(asked, vectors, strict=True):
                self._known[model, one] = knows_all or cosine(vector, vectors[0]) < EQUAL
        return self._reading(model, suspects) or Reading()

    def _reading(self, model: str, suspects: frozenset[str]) -> Reading | None:
        if not suspects or self._known.get((model, UNKNOWN[0])):
            return Reading()
        if any((model, one) not in self._known for one in suspects):
            return None
        return Reading(frozenset(one for one in suspects if not self._known[model, one]))


def _words(text: str) -> Sequence[str]:
    return WORD.findall(unicodedata.normalize("NFC", text).casefold())


def _suspects(pairs: Iterable[Pair]) -> frozenset[str]:
    """Characters that the model may not know, of the words that one text of a pair has and the other has not."""
    strange = (pair for pair in pairs if not (pair[0].isascii() and pair[1].isascii()))
    words = (word for first, second in strange for word in {*_words(first)} ^ {*_words(second)})
    return frozenset(one for word in words for one in word if not one.isascii())
