"""Examples of a dataset that say nearly the same, which training would count twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.datasets.service import DatasetService
from bot.lazy_numpy import np
from bot.similarity.reading import Reading
from bot.similarity.service import SimilarityService, scale_of
from bot.similarity.vectors import EQUAL, Vector, units
from bot.store.datasets import Dataset

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_EXAMPLES = 2000
MAX_SHOWN_PAIRS = 5
ROWS_AT_ONCE = 64
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
    """Looks at questions and answers together. Of examples that are the same it looks at the first: the check names the others."""

    def __init__(self, similarity: SimilarityService, datasets: DatasetService) -> None:
        self._similarity = similarity
        self._datasets = datasets

    async def find(self, guild_id: int, user_id: int, dataset: Dataset) -> NearDuplicates:
        """Pairs of examples that say nearly the same. Raises `ModelServerError`, `InvalidInputError` for an over-long example."""
        sample = await self._datasets.sample(dataset, MAX_EXAMPLES)
        numbers: dict[str, int] = {}
        for number, example in enumerate(sample, 1):
            numbers.setdefault(f"{example.user}\n{example.assistant}", number)
        texts = list(numbers)
        if len(texts) < 2:
            return NearDuplicates((), 0, len(sample))
        found = await self._similarity.embed(guild_id, user_id, texts)
        near = NEAR_WHERE_CROWDED if scale_of(found.model)[-1] > 0.5 else NEAR
        reading = await self._similarity.read(guild_id, user_id, found.model, [(text, "") for text in texts])
        count, pairs = await asyncio.to_thread(near_pairs, units(found.vectors), texts, reading, near)
        places = list(numbers.values())
        shown = [
            NearPair(places[one], places[two], sample[places[one] - 1].assistant, likeness)
            for likeness, one, two in pairs
        ]
        return NearDuplicates(tuple(shown), count, len(sample))


def near_pairs(
    rows: Vector, texts: Sequence[str], reading: Reading, near: float
) -> tuple[int, list[tuple[float, int, int]]]:
    """How many pairs of unit vectors are near whose texts the model told apart, and the nearest as (cosine, row, later row)."""
    spelt, read = _groups(map(Reading().words, texts)), _groups(map(reading.words, texts))
    count, nearest = 0, list[tuple[float, int, int]]()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        scores = rows[part] @ rows.T
        told_apart = (read[part, None] != read) & (read[part, None] != 0) & (read != 0) & (scores < EQUAL)
        same = spelt[part, None] == spelt  # but for capitals and blanks
        ones, twos = np.triu((scores >= near) & (told_apart | same), k=start + 1).nonzero()
        count += len(ones)
        best = np.argsort(-scores[ones, twos], kind="stable")[:MAX_SHOWN_PAIRS]
        pairs = zip(scores[ones, twos][best], ones[best] + start, twos[best], strict=True)
        nearest += [(min(1.0, float(score)), int(one), int(two)) for score, one, two in pairs]
    return count, sorted(nearest, key=lambda pair: (-pair[0], pair[1:]))[:MAX_SHOWN_PAIRS]


def _groups(words: Iterator[Sequence[str]]) -> NDArray[np.int64]:
    """A number for each text that those share whose words are the same; 0 without any."""
    return np.array([hash(tuple(one)) if one else 0 for one in words], dtype=np.int64)
