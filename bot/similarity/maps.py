"""Many texts in two dimensions, in clusters that are named by their most central text."""

import asyncio
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.datasets.service import DatasetService
from bot.errors import InvalidInputError
from bot.similarity.clusters import Clusters, cluster, how_many, plane
from bot.similarity.searching import SearchService
from bot.similarity.service import SimilarityService
from bot.similarity.vectors import Vector
from bot.store.kept import KeptTextStore

FEWEST, MOST = 3, 1000


@dataclass(frozen=True)
class Cluster:
    """One cluster, and the text nearest to its centre."""

    name: str
    size: int


@dataclass(frozen=True)
class TextMap:
    """Points as (texts, 2), the cluster of each, and the share of all differences that the two dimensions show.

    `left_out` texts are not on it: too many, or not embedded yet.
    """

    points: NDArray[np.float64]
    of_point: tuple[int, ...]
    clusters: tuple[Cluster, ...]
    shown: float
    left_out: int
    model: str


class MapService:
    """Draws no picture: `bot.similarity.pictures` does."""

    def __init__(
        self, search: SearchService, similarity: SimilarityService, datasets: DatasetService, store: KeptTextStore
    ) -> None:
        self._search = search
        self._similarity = similarity
        self._datasets = datasets
        self._store = store

    async def of_kept(self, guild_id: int, user_id: int) -> TextMap:
        """The server's newest jokes and slogans. Raises `InvalidInputError` if there are too few."""
        collection = await self._search.collection(guild_id, user_id)
        rows = range(max(0, len(collection) - MOST), len(collection))
        _refuse_too_few(len(rows), collection.total)
        vectors = collection.matrix.take(rows) if collection.matrix else np.empty((0, 0), np.float32)
        points, shown, found = await asyncio.to_thread(_placed, vectors)
        kept = [await collection.text_of(self._store, guild_id, rows[row]) for row in found.central]
        names = [text.text if text else "(no longer kept)" for text in kept]
        left_out = collection.total - len(rows)
        return TextMap(points, found.of_row, _named(names, found.of_row), shown, left_out, collection.model)

    async def of_dataset(self, guild_id: int, user_id: int, name: str) -> TextMap:
        """The answers in one of the server's datasets, the first thousand. Raises `NotFoundError` and `InvalidInputError`."""
        dataset = await self._datasets.get(guild_id, name)
        texts = [one.assistant for one in await self._datasets.sample(dataset, MOST) if one.assistant.strip()]
        _refuse_too_few(len(texts), len(texts))
        found = await self._similarity.embed(guild_id, user_id, texts)
        points, shown, groups = await asyncio.to_thread(_placed, found.vectors)
        clusters = _named([texts[row] for row in groups.central], groups.of_row)
        return TextMap(points, groups.of_row, clusters, shown, dataset.examples - len(texts), found.model)


def _placed(vectors: Vector) -> tuple[NDArray[np.float64], float, Clusters]:
    points, shown = plane(vectors)
    return points, shown, cluster(vectors, how_many(len(vectors)))


def _named(names: list[str], of_row: tuple[int, ...]) -> tuple[Cluster, ...]:
    return tuple(Cluster(name, of_row.count(number)) for number, name in enumerate(names))


def _refuse_too_few(ready: int, total: int) -> None:
    if ready >= FEWEST:
        return
    if total >= FEWEST:
        raise InvalidInputError("The texts of this server are still being embedded. Try again in a minute.")
    raise InvalidInputError(
        f"A map needs at least {FEWEST} texts, and there are {total}. `/joke` and `/slogan` make more."
    )
