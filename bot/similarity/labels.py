"""Labels that a server's admins define by examples, and which of them fits a text."""

from dataclasses import dataclass

import numpy as np

from bot.clock import Clock
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.similarity.service import SimilarityService, lines_of, scale_of
from bot.similarity.vectors import cosine, units
from bot.store.labels import Label, LabelStore

EXAMPLES = (1, 10)
LIMIT_NAME, LIMIT_LABELS = 40, 25


@dataclass(frozen=True)
class Scored:
    """A label and the cosine of the text with the mean of its examples."""

    name: str
    cosine: float


@dataclass(frozen=True)
class Verdict:
    """Labels, nearest first. `chosen` is None where even the nearest is below `threshold`; `margin` is its lead over the next."""

    text: str
    labels: tuple[Scored, ...]
    chosen: str | None
    margin: float | None
    threshold: float
    model: str


class LabelService:
    """Keeps labels and classifies by the nearest mean."""

    def __init__(self, store: LabelStore, similarity: SimilarityService, clock: Clock) -> None:
        self._store = store
        self._similarity = similarity
        self._clock = clock

    async def add(self, guild_id: int, user_id: int, name: str, examples: str) -> Label:
        """Keep a label with examples, one a line. Raises `ConflictError` if the name is taken, `InvalidInputError`."""
        name = " ".join(name.split())
        if not 0 < len(name) <= LIMIT_NAME:
            raise InvalidInputError(f"A label's name has 1 to {LIMIT_NAME} characters.")
        lines = lines_of(examples, "example", EXAMPLES)
        if len(await self._store.list(guild_id)) >= LIMIT_LABELS:
            raise ConflictError(f"A server has at most {LIMIT_LABELS} labels. `/labels remove` makes room.")
        label = await self._store.add(guild_id, name, lines, created_by=user_id, now=self._clock())
        if label is None:
            raise ConflictError(
                f"There is a label “{name}” already. `/labels remove` it first, or choose another name."
            )
        return label

    async def list(self, guild_id: int) -> tuple[Label, ...]:
        """The server's labels, by name."""
        return await self._store.list(guild_id)

    async def remove(self, guild_id: int, name: str) -> Label:
        """Take a label away. Raises `NotFoundError`."""
        label = await self._store.remove(guild_id, name)
        if label is None:
            raise NotFoundError(f"There is no label “{name}” here. `/labels list` shows what there is.")
        return label

    async def classify(self, guild_id: int, user_id: int, text: str) -> Verdict:
        """The label whose examples are nearest in meaning. Raises `NotFoundError` while there are no labels."""
        labels = await self._store.list(guild_id)
        if not labels:
            raise NotFoundError(
                "There are no labels here yet. Those who manage the server add them with `/labels add`."
            )
        texts = [example for label in labels for example in label.examples]
        found = await self._similarity.embed(guild_id, user_id, (text, *texts))
        scored, start = [], 1
        for label in labels:
            mean = units(found.vectors[start : start + len(label.examples)]).mean(axis=0)
            scored.append(Scored(label.name, cosine(found.vectors[0], mean) if np.any(mean) else 0.0))
            start += len(label.examples)
        return verdict(text, scored, found.model)


def verdict(text: str, scored: list[Scored], model: str) -> Verdict:
    """The nearest label, unless it is not even loosely related on the model's scale."""
    threshold = scale_of(model)[-1]
    ordered = tuple(sorted(scored, key=lambda label: -label.cosine))
    chosen = ordered[0].name if ordered[0].cosine >= threshold else None
    margin = ordered[0].cosine - ordered[1].cosine if len(ordered) > 1 else None
    return Verdict(text, ordered, chosen, margin, threshold, model)
