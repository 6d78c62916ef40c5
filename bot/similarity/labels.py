"""Labels that a server's admins define by examples, and which of them fits a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.characters import is_label, mended, tidy
from bot.clock import Clock
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.lazy_numpy import np
from bot.similarity.reading import normal
from bot.similarity.service import SimilarityService, lines_of, scale_of
from bot.similarity.vectors import Vector, cosine, units
from bot.store.labels import Label, LabelStore
from bot.texts import similarity as texts

EXAMPLES = (1, 10)
MAX_LABELS = 25


@dataclass(frozen=True)
class Scored:
    """A label and the cosine of the text with the mean of its examples."""

    name: str
    cosine: float


@dataclass(frozen=True)
class Verdict:
    """Labels, nearest first; none whose examples the model cannot tell from the text.

    `chosen` is None where even the nearest is below `threshold`; `margin` is its lead over the next.
    """

    text: str
    labels: tuple[Scored, ...]
    chosen: str | None
    margin: float | None
    threshold: float


class LabelService:
    """Keeps labels and classifies by the nearest mean."""

    def __init__(self, store: LabelStore, similarity: SimilarityService, clock: Clock) -> None:
        self._store = store
        self._similarity = similarity
        self._clock = clock

    def checked_name(self, name: str) -> str:
        """The name with normalized spaces. Raises `InvalidInputError` if it is not valid."""
        name = tidy(name)
        if not is_label(name):
            raise InvalidInputError(texts.LABEL_NAME)
        return name

    async def add(self, guild_id: int, user_id: int, name: str, examples: str) -> Label:
        """Keep a label with examples, one a line. Raises `ConflictError` if the name is taken, `InvalidInputError`."""
        name, lines = self.checked_name(name), lines_of(examples, EXAMPLES)
        for line in lines:
            normal(line)
        label = await self._store.add(guild_id, name, lines, most=MAX_LABELS, created_by=user_id, now=self._clock())
        if label is None:
            if len(await self._store.list(guild_id)) >= MAX_LABELS:
                raise ConflictError(texts.TOO_MANY_LABELS, most=MAX_LABELS)
            raise ConflictError(texts.LABEL_TAKEN, name=name)
        return label

    async def list(self, guild_id: int) -> tuple[Label, ...]:
        """The server's labels, by name."""
        return await self._store.list(guild_id)

    async def remove(self, guild_id: int, name: str) -> Label:
        """Delete a label. Raises `NotFoundError`."""
        label = await self._store.remove(guild_id, name)
        if label is None:
            raise NotFoundError(texts.NO_LABEL, name=mended(name))
        return label

    async def classify(self, guild_id: int, user_id: int, text: str) -> Verdict:
        """The label whose examples are nearest in meaning. Raises `NotFoundError` while there are no labels."""
        labels = await self._store.list(guild_id)
        if not labels:
            raise NotFoundError(texts.NO_LABELS_YET)
        await self._similarity.admit(guild_id, (text,))
        examples = [(label.name, example) for label in labels for example in label.examples]
        return await self.nearest(guild_id, user_id, text, examples)

    async def nearest(self, guild_id: int, user_id: int, text: str, examples: Sequence[tuple[str, str]]) -> Verdict:
        """The label with the closest examples, given as pairs of a label and an example. Does not moderate the text.

        Raises `ModelServerError` if the text gets no vector.
        """
        found = await self._similarity.embed(guild_id, user_id, (text, *(example for _, example in examples)))
        pairs = [(text, example) for _, example in examples]
        reading = await self._similarity.read(guild_id, user_id, found.model, pairs)
        vectors: dict[str, list[Vector]] = {}
        for (name, example), vector in zip(examples, found.vectors[1:], strict=True):
            if reading.doubt(text, example, cosine(found.vectors[0], vector)) is None:
                vectors.setdefault(name, []).append(units(vector))
        means = {name: np.mean(of_label, axis=0) for name, of_label in vectors.items()}
        scored = [Scored(name, cosine(found.vectors[0], mean) if np.any(mean) else 0.0) for name, mean in means.items()]
        return verdict(text, scored, found.model)


def verdict(text: str, scored: Sequence[Scored], model: str) -> Verdict:
    """The nearest label, unless it is not even loosely related on the model's scale."""
    threshold = scale_of(model)[-1]
    ordered = tuple(sorted(scored, key=lambda label: -label.cosine))
    chosen = ordered[0].name if ordered and ordered[0].cosine >= threshold else None
    margin = ordered[0].cosine - ordered[1].cosine if len(ordered) > 1 else None
    return Verdict(text, ordered, chosen, margin, threshold)
