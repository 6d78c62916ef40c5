"""How alike texts are in meaning: two, one against many, and all against all."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.errors import InvalidInputError
from bot.similarity.embeddings import Embedded, Embeddings
from bot.similarity.last_texts import LastTexts
from bot.similarity.vectors import Vector, cosine, units
from bot.store.generations import Usage, UsageStore

# From which cosine on a pair deserves the words. Older models crowd all texts into the top of the scale.
SCALE = (0.8, 0.5, 0.25)
CROWDED = (0.95, 0.87, 0.8)
CROWDED_MODELS = ("text-embedding-ada-002",)
WORDS = ("almost the same meaning", "closely related", "loosely related", "unrelated")
CANDIDATES, TEXTS = (2, 20), (2, 12)


@dataclass(frozen=True)
class Comparison:
    """Two texts and the cosine of their embeddings; `meaning` says it in words, `identical` that the texts are one."""

    first: str
    second: str
    cosine: float
    meaning: str
    identical: bool
    model: str


@dataclass(frozen=True)
class Ranked:
    """A candidate's place in what was typed (from 1), and how near it is."""

    number: int
    text: str
    cosine: float
    identical: bool


@dataclass(frozen=True)
class Ranking:
    """Candidates, nearest first; equal ones in the order they were typed."""

    text: str
    candidates: tuple[Ranked, ...]
    model: str


@dataclass(frozen=True)
class Grid:
    """The cosine of each text with each, as (texts, texts)."""

    texts: tuple[str, ...]
    cosines: NDArray[np.float64]
    model: str


class SimilarityService:
    """Compares texts by meaning."""

    def __init__(
        self, embeddings: Embeddings, catalogue: Catalogue, usage: UsageStore, clock: Clock, typed: LastTexts
    ) -> None:
        self._embeddings = embeddings
        self._catalogue = catalogue
        self._usage = usage
        self._clock = clock
        self._typed = typed

    def recall(self, guild_id: int, user_id: int, first: str, second: str) -> Comparison | None:
        """The comparison at once, if both texts were used lately; None if anybody has to be asked."""
        model = self._catalogue.known_embedding_model()
        vectors = self._embeddings.recall(model, (first, second)) if model else None
        if model is None or vectors is None:
            return None
        self._typed.typed(guild_id, user_id, second)
        return _compared(first, second, vectors, model)

    async def compare(
        self, guild_id: int, user_id: int, first: str, second: str, *, keep: bool = True, typed: bool = True
    ) -> Comparison:
        """Embed both texts in one request and compare them. With `keep=False` nothing of them remains."""
        found = await self.embed(guild_id, user_id, (first, second), keep=keep)
        if typed:
            self._typed.typed(guild_id, user_id, second)
        return _compared(first, second, found.vectors, found.model)

    async def rank(self, guild_id: int, user_id: int, text: str, candidates: str) -> Ranking:
        """Candidates, one a line, by their nearness to a text. Raises `InvalidInputError` unless there are 2 to 20."""
        lines = lines_of(candidates, "candidate", CANDIDATES)
        found = await self.embed(guild_id, user_id, (text, *lines))
        self._typed.typed(guild_id, user_id, text)
        compared = [
            _compared(text, line, (found.vectors[0], vector), found.model)
            for line, vector in zip(lines, found.vectors[1:], strict=True)
        ]
        ranked = [Ranked(n, pair.second, pair.cosine, pair.identical) for n, pair in enumerate(compared, 1)]
        return Ranking(text, tuple(sorted(ranked, key=lambda one: -one.cosine)), found.model)

    async def grid(self, guild_id: int, user_id: int, texts: str) -> Grid:
        """Texts, one a line, each against each. Raises `InvalidInputError` unless there are 2 to 12."""
        lines = lines_of(texts, "text", TEXTS)
        found = await self.embed(guild_id, user_id, lines)
        rows = units(found.vectors).astype(np.float64)
        cosines = np.clip(rows @ rows.T, -1, 1)
        same = np.array([[same_text(one, other) for other in lines] for one in lines])
        return Grid(lines, np.where(same, 1.0, cosines), found.model)

    async def embed(self, guild_id: int, user_id: int, texts: Sequence[str], *, keep: bool = True) -> Embedded:
        """Vectors by the present model; what that cost is written down."""
        found = await self._embeddings.embed(await self._catalogue.embedding_model(), texts, keep=keep)
        if found.asked:
            cost = (found.model, found.tokens, 0, found.latency_ms)
            await self._usage.add(Usage(guild_id, user_id, "similarity", *cost, self._clock()))
        return found


def lines_of(typed: str, what: str, allowed: tuple[int, int]) -> tuple[str, ...]:
    """The lines that are not blank. Raises `InvalidInputError` if they are too few or too many."""
    lines = tuple(line.strip() for line in typed.splitlines() if line.strip())
    least, most = allowed
    if not least <= len(lines) <= most:
        count = f"{len(lines)} {what}" + ("" if len(lines) == 1 else "s")
        verb = "That is" if len(lines) == 1 else "Those are"
        raise InvalidInputError(f"{verb} {count}. Give {least} to {most}, one a line.")
    return lines


def same_text(first: str, second: str) -> bool:
    """Whether two texts differ in spaces at most."""
    return first.split() == second.split()


def _compared(first: str, second: str, vectors: Sequence[Vector] | Vector, model: str) -> Comparison:
    identical = same_text(first, second)
    value = 1.0 if identical else cosine(vectors[0], vectors[1])
    return Comparison(first, second, value, meaning(value, model), identical, model)


def scale_of(model: str) -> tuple[float, float, float]:
    """From which cosines on a pair is almost the same, closely related, loosely related."""
    return CROWDED if model.startswith(CROWDED_MODELS) else SCALE


def meaning(value: float, model: str) -> str:
    """What a cosine means in plain words, on the scale of the model that made it."""
    return next((word for bound, word in zip(scale_of(model), WORDS, strict=False) if value >= bound), WORDS[-1])
