"""How alike texts are in meaning: two, one against many, and all against all."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.catalogue import Catalogue
from bot.errors import InvalidInputError
from bot.lazy_numpy import np
from bot.metering.ledger import Charge
from bot.moderation.guard import Guard
from bot.similarity.embeddings import Embedded, Embeddings
from bot.similarity.reading import Pair, Reader, Reading, same_text
from bot.similarity.vectors import Vector, cosine
from bot.texts import similarity as texts
from bot.texts.template import Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

KIND = "similarity"
# From which cosine on a pair deserves the words. Older models crowd all texts into the top of the scale.
SCALE = (0.8, 0.5, 0.25)
CROWDED = (0.95, 0.87, 0.8)
CROWDED_MODELS = ("text-embedding-ada-002",)
CANDIDATES, TEXTS = (2, 20), (2, 12)

# The last text that a member of a server typed into one of the bot's own commands; held in memory alone.
LastTexts = MutableMapping[tuple[int, int], str]


@dataclass(frozen=True)
class Comparison:
    """Two texts and the cosine of their embeddings; `meaning` says it in words, `identical` that the texts are one.

    `doubt` is a sentence of `bot.texts.similarity` on why the cosine says nothing about them.
    """

    first: str
    second: str
    cosine: float
    meaning: Text
    identical: bool
    doubt: Text | None = None


@dataclass(frozen=True)
class Likenesses:
    """The cosine of each pair of texts, and from which on the model that was asked calls two loosely related."""

    cosines: tuple[float, ...]
    related_from: float


@dataclass(frozen=True)
class Grid:
    """The cosine of each text with each, as (texts, texts); not a number where it says nothing."""

    texts: tuple[str, ...]
    cosines: NDArray[np.float64]
    model: str


class SimilarityService:
    """Compares texts by meaning."""

    def __init__(self, embeddings: Embeddings, catalogue: Catalogue, typed: LastTexts, guard: Guard) -> None:
        self._embeddings = embeddings
        self._catalogue = catalogue
        self._typed = typed
        self._guard = guard
        self._reader = Reader()

    def recall(self, guild_id: int, user_id: int, first: str, second: str) -> Comparison | None:
        """The comparison at once, if both texts were used lately; None if anybody has to be asked."""
        model = self._catalogue.known_embedding_model()
        vectors = self._embeddings.recall(guild_id, model, (first, second)) if model else None
        reading = self._reader.recall(model, [(first, second)]) if model else None
        if (
            model is None
            or vectors is None
            or reading is None
            or not self._guard.admits_at_once(guild_id, (first, second))
        ):
            return None
        self._typed[guild_id, user_id] = second
        return _compared(first, second, vectors, model, reading)

    async def compare(
        self, guild_id: int, user_id: int, first: str, second: str, *, keep: bool = True, typed: bool = True
    ) -> Comparison:
        """Embed both texts in one request and compare them. With `keep=False` nothing of them remains."""
        await self.admit(guild_id, (first, second))
        found = await self.embed(guild_id, user_id, (first, second), keep=keep)
        reading = await self.read(guild_id, user_id, found.model, [(first, second)])
        if typed:
            self._typed[guild_id, user_id] = second
        return _compared(first, second, found.vectors, found.model, reading)

    async def rank(self, guild_id: int, user_id: int, text: str, candidates: str) -> tuple[Comparison, ...]:
        """Candidates, one a line, nearest first, equal ones as they were typed, those in doubt last.

        Raises `InvalidInputError` unless there are 2 to 20.
        """
        lines = lines_of(candidates, CANDIDATES)
        await self.admit(guild_id, (text, *lines))
        found = await self.embed(guild_id, user_id, (text, *lines))
        reading = await self.read(guild_id, user_id, found.model, [(text, line) for line in lines])
        self._typed[guild_id, user_id] = text
        compared = [
            _compared(text, line, (found.vectors[0], vector), found.model, reading)
            for line, vector in zip(lines, found.vectors[1:], strict=True)
        ]
        return tuple(sorted(compared, key=lambda one: (one.doubt is not None, -one.cosine)))

    async def grid(self, guild_id: int, user_id: int, texts: str) -> Grid:
        """Texts, one a line, each against each. Raises `InvalidInputError` unless there are 2 to 12."""
        lines = lines_of(texts, TEXTS)
        await self.admit(guild_id, lines)
        found = await self.embed(guild_id, user_id, lines)
        pairs = [(one, other) for one in range(len(lines)) for other in range(one)]
        reading = await self.read(guild_id, user_id, found.model, [(lines[one], lines[other]) for one, other in pairs])
        cosines = np.eye(len(lines))
        for one, other in pairs:
            pair = _compared(lines[one], lines[other], found.vectors[[one, other]], found.model, reading)
            cosines[one, other] = cosines[other, one] = np.nan if pair.doubt else pair.cosine
        return Grid(lines, cosines, found.model)

    async def likenesses(self, guild_id: int, user_id: int, pairs: Sequence[Pair]) -> Likenesses:
        """The cosine of each pair, in one request. Stores nothing."""
        each = list(dict.fromkeys(text for pair in pairs for text in pair))
        found = await self.embed(guild_id, user_id, each, keep=False)
        vectors = dict(zip(each, found.vectors, strict=True))
        cosines = tuple(cosine(vectors[first], vectors[second]) for first, second in pairs)
        return Likenesses(cosines, scale_of(found.model)[-1])

    async def admit(self, guild_id: int, texts: Sequence[str]) -> None:
        """Let in what a member typed. Raises `BlockedError`."""
        await self._guard.admit(guild_id, texts)

    async def embed(self, guild_id: int, user_id: int, texts: Sequence[str], *, keep: bool = True) -> Embedded:
        """Vectors by the present model; what that cost is written down."""
        charge = Charge(guild_id, user_id, KIND)
        return await self._embeddings.embed(await self._catalogue.embedding_model(), texts, charge, keep=keep)

    async def read(self, guild_id: int, user_id: int, model: str, pairs: Iterable[Pair]) -> Reading:
        """What a model reads of each pair of texts where they differ. Nothing of them remains."""
        return await self._reader.read(model, pairs, partial(self._embed_once, guild_id, user_id))

    async def _embed_once(self, guild_id: int, user_id: int, texts: Sequence[str]) -> tuple[str, Vector]:
        found = await self.embed(guild_id, user_id, texts, keep=False)
        return found.model, found.vectors


def lines_of(typed: str, allowed: tuple[int, int]) -> tuple[str, ...]:
    """The lines that are not blank. Raises `InvalidInputError` if they are too few or too many."""
    lines = tuple(line.strip() for line in typed.splitlines() if line.strip())
    least, most = allowed
    if not least <= len(lines) <= most:
        raise InvalidInputError(texts.LINES.form(len(lines)), count=len(lines), least=least, most=most)
    return lines


def _compared(first: str, second: str, vectors: Sequence[Vector] | Vector, model: str, reading: Reading) -> Comparison:
    identical = same_text(first, second)
    value = 1.0 if identical else cosine(vectors[0], vectors[1])
    return Comparison(first, second, value, meaning(value, model), identical, reading.doubt(first, second, value))


def scale_of(model: str) -> tuple[float, float, float]:
    """From which cosines on a pair is almost the same, closely related, loosely related."""
    return CROWDED if model.startswith(CROWDED_MODELS) else SCALE


def meaning(value: float, model: str) -> Text:
    """What a cosine means in plain words, on the scale of the model that made it."""
    words = zip(scale_of(model), texts.MEANINGS, strict=False)
    return next((word for bound, word in words if value >= bound), texts.MEANINGS[-1])
