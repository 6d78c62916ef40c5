"""Examples of a dataset that say nearly the same, which training would count twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from bot.datasets.service import DatasetService
from bot.similarity.service import SimilarityService, scale_of
from bot.similarity.vectors import Vector, units
from bot.store.datasets import Dataset

MOST_EXAMPLES = 2000
SHOWN = 5
BLOCK = 256
NEAR, NEAR_WHERE_CROWDED = 0.95, 0.985


@dataclass(frozen=True)
class NearPair:
    """Two examples by their numbers in the file, from 1, the answer of the first, and how alike they are (their cosine)."""

    first: int
    second: int
    answer: str
    likeness: float


@dataclass(frozen=True)
class NearDuplicates:
    """The nearest pairs, nearest first, of `count` found among the first `examined` examples."""

    pairs: tuple[NearPair, ...]
    count: int
    examined: int


class DuplicateService:
    """Looks at questions and answers together."""

    def __init__(self, similarity: SimilarityService, datasets: DatasetService) -> None:
        self._similarity = similarity
        self._datasets = datasets

    async def find(self, guild_id: int, user_id: int, dataset: Dataset) -> NearDuplicates:
        """Pairs of examples that say nearly the same. Raises `ModelServerError`, `InvalidInputError` for an over-long example."""
        texts = [(user, answer) for _, user, answer in await self._datasets.sample(dataset, MOST_EXAMPLES)]
        if len(texts) < 2:
            return NearDuplicates((), 0, len(texts))
        found = await self._similarity.embed(guild_id, user_id, ["\n".join(text) for text in texts])
        near = NEAR_WHERE_CROWDED if scale_of(found.model)[-1] > 0.5 else NEAR
        pairs = await asyncio.to_thread(near_pairs, found.vectors, near)
        shown = [NearPair(one + 1, two + 1, texts[one][1], value) for value, one, two in pairs[:SHOWN]]
        return NearDuplicates(tuple(shown), len(pairs), len(texts))


def near_pairs(vectors: Vector, near: float) -> list[tuple[float, int, int]]:
    """(cosine, row, later row) of all pairs from `near` on, nearest first."""
    return sorted(_pairs(units(vectors), near), key=lambda pair: (-pair[0], pair[1:]))


def _pairs(rows: Vector, near: float) -> Iterator[tuple[float, int, int]]:
    for start in range(0, len(rows), BLOCK):
        scores = rows[start : start + BLOCK] @ rows.T
        for one, two in zip(*(scores >= near).nonzero(), strict=True):
            if start + one < two:
                yield min(1.0, float(scores[one, two])), int(start + one), int(two)
