"""Many texts in two dimensions, in clusters that are named by their topics."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from bot.characters import words
from bot.datasets.service import DatasetService
from bot.errors import InvalidInputError
from bot.lazy_numpy import np
from bot.similarity.clusters import cluster, how_many, plane
from bot.similarity.index import Index, searchable
from bot.similarity.reading import Reading
from bot.similarity.service import SimilarityService
from bot.similarity.vectors import Vector
from bot.texts import similarity as texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_TEXTS, MAX_TEXTS = 3, 1000
MIN_SHOWN = 0.2  # of all differences; with less, neighbours on a map are no neighbours
TOPIC_WORDS, TOPIC_LETTERS = 3, 5


@dataclass(frozen=True)
class Cluster:
    """One cluster, and the words that set it apart from the others."""

    topic: str
    size: int


@dataclass(frozen=True)
class TextMap:
    """Points as (texts, 2), the cluster of each, and the share of all differences that the two dimensions show.

    `left_out` texts are not on it: too many, or not embedded yet. Of `unread` ones the model read nothing.
    """

    points: NDArray[np.float64]
    of_point: tuple[int, ...]
    clusters: tuple[Cluster, ...]
    shown: float
    left_out: int
    unread: int

    @property
    def worth_drawing(self) -> bool:
        """Whether the two dimensions show enough to mean anything."""
        return self.shown >= MIN_SHOWN


class MapService:
    """Draws no picture: `bot.similarity.pictures` does."""

    def __init__(self, index: Index, similarity: SimilarityService, datasets: DatasetService) -> None:
        self._index = index
        self._similarity = similarity
        self._datasets = datasets

    async def of_kept(self, guild_id: int, user_id: int) -> TextMap:
        """The server's newest jokes and slogans. Raises `InvalidInputError` if there are too few."""
        collection = await self._index.collection(guild_id, user_id)
        if len(collection) < MIN_TEXTS <= collection.total:
            raise InvalidInputError(texts.STILL_EMBEDDING)
        rows = range(max(0, len(collection) - MAX_TEXTS), len(collection))
        kept = {row: text for row in rows if (text := await collection.text_of(row)) is not None}
        vectors = collection.matrix.take(list(kept)) if collection.matrix else np.empty((0, 0), np.float32)
        told = [searchable(text) for text in kept.values()]
        return await self._map(guild_id, user_id, told, vectors, collection.model, collection.total)

    async def of_dataset(self, guild_id: int, user_id: int, name: str) -> TextMap:
        """The answers in one of the server's datasets, the first thousand. Raises `NotFoundError` and `InvalidInputError`."""
        dataset = await self._datasets.get(guild_id, name)
        sample = await self._datasets.sample(dataset, MAX_TEXTS)
        answers = [example.assistant for example in sample if example.assistant.strip()]
        found = await self._similarity.embed(guild_id, user_id, answers)
        return await self._map(guild_id, user_id, answers, found.vectors, found.model, dataset.examples)

    async def _map(
        self, guild_id: int, user_id: int, told: Sequence[str], vectors: Vector, model: str, total: int
    ) -> TextMap:
        if len(told) < MIN_TEXTS:
            raise InvalidInputError(texts.TOO_FEW_ON_MAP, least=MIN_TEXTS, count=len(told))
        strange = await asyncio.to_thread(_strange, told)
        reading = await self._similarity.read(guild_id, user_id, model, [(text, "") for text in strange])
        return await asyncio.to_thread(_placed, told, vectors, reading, total - len(told))


def _strange(told: Sequence[str]) -> list[str]:
    """Texts without a word that every model reads."""
    return [text for text in told if not any(map(str.isascii, words(text)))]


def _placed(told: Sequence[str], vectors: Vector, reading: Reading, left_out: int) -> TextMap:
    read = [row for row, text in enumerate(told) if reading.words(text)]
    if len(read) < MIN_TEXTS:
        raise InvalidInputError(texts.TOO_FEW_READ, least=MIN_TEXTS, count=len(told), read=len(read))
    shown, vectors = [told[row] for row in read], vectors[read]
    points, share = plane(vectors)
    found = cluster(vectors, how_many(len(vectors)))
    named = zip(topics(shown, found.of_row), found.central, strict=True)
    clusters = [
        Cluster(topic or " ".join(shown[row].split()), found.of_row.count(number))
        for number, (topic, row) in enumerate(named)
    ]
    return TextMap(points, found.of_row, tuple(clusters), share, left_out, len(told) - len(read))


def topics(told: Sequence[str], of_row: Sequence[int]) -> list[str]:
    """The words of each cluster that many of its texts have, few others, and few in all; empty where no word sets it apart."""
    bags = [frozenset(words(text)) for text in told]
    everywhere = Counter(chain.from_iterable(bags))
    found = []
    for number in range(max(of_row) + 1):
        members = [bag for bag, its in zip(bags, of_row, strict=True) if its == number]
        scores = {
            word: count * _distinction(word, count / len(members), everywhere[word] / len(bags))
            for word, count in Counter(chain.from_iterable(members)).items()
            if count > 1 or len(members) == 1
        }
        best = sorted(scores, key=lambda word: (-scores[word], word))[:TOPIC_WORDS]
        found.append(", ".join(word for word in best if scores[word] > 0))
    return found


def _distinction(word: str, share_here: float, share_everywhere: float) -> float:
    """How much more often a word is here, weighed by how rare it is (TF-IDF) and by its length: short words are seldom topics."""
    return math.log(share_here / share_everywhere) * -math.log(share_everywhere) * min(len(word), TOPIC_LETTERS)
