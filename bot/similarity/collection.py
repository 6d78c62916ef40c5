"""A server's jokes and slogans as unit vectors in memory, of one model alone."""

from array import array
from collections.abc import Mapping, Sequence

import numpy as np

from bot.errors import InvalidInputError
from bot.similarity.embeddings import Embeddings
from bot.similarity.normal import hashed, normal
from bot.similarity.vectors import Matrix, Vector
from bot.store.kept import PAGE, KeptText, KeptTextStore

POSITIONS = 256  # more texts than one generation can have


def searchable(kept: KeptText) -> str:
    """What is embedded of a kept text: what was asked, and the answer."""
    return f"{kept.asked}\n{kept.text}"


class Collection:
    """Rows are numbered as they were added; texts without a vector wait."""

    def __init__(self, model: str, dimensions: int | None) -> None:
        self.model = model
        self.dimensions = dimensions
        self.matrix = Matrix(dimensions) if dimensions else None
        self.waiting: dict[int, None] = {}  # places of texts, oldest first
        self._places = array("q")
        self._read_to = 0

    def begin(self, dimensions: int) -> None:
        """Say how long the model's vectors are, where that was not known before."""
        if self.matrix is None:
            self.dimensions, self.matrix = dimensions, Matrix(dimensions)

    def __len__(self) -> int:
        """How many texts can be searched."""
        return len(self._places)

    @property
    def total(self) -> int:
        """How many texts there are."""
        return len(self) + len(self.waiting)

    async def read(self, store: KeptTextStore, embeddings: Embeddings, guild_id: int) -> None:
        """Take in what the server kept since the last call; what the model embedded before gets its vector."""
        newest = await store.newest()
        keys: dict[int, bytes] = {}
        while page := await store.page(guild_id, self._read_to, newest):
            keys.update(_keys(page))
            self._read_to = page[-1].generation_id
        self._read_to = max(self._read_to, newest)
        if self.matrix is not None:
            self.matrix.reserve(len(keys))
        await self._take_known(keys, embeddings)

    async def _take_known(self, keys: Mapping[int, bytes], embeddings: Embeddings) -> None:
        places = list(keys)
        for start in range(0, len(places), PAGE):
            part = places[start : start + PAGE]
            vectors = (
                await embeddings.kept(self.model, [keys[place] for place in part]) if self.matrix is not None else {}
            )
            self.waiting.update(dict.fromkeys(place for place in part if keys[place] not in vectors))
            self._add([(place, vectors[keys[place]]) for place in part if keys[place] in vectors])

    async def next_texts(self, store: KeptTextStore, guild_id: int, most: int) -> tuple[KeptText, ...]:
        """The texts that waited longest; those that are gone wait no more."""
        places = list(self.waiting)[:most]
        found = {place: await _text(store, guild_id, place) for place in places}
        for place in [place for place, kept in found.items() if kept is None]:
            del self.waiting[place]
        return tuple(kept for kept in found.values() if kept is not None)

    def take(self, texts: Sequence[KeptText], vectors: Vector) -> None:
        """Add texts that waited, with their vectors."""
        pairs = zip(map(_place, texts), vectors, strict=True)
        known = [(place, vector) for place, vector in pairs if place in self.waiting]
        for place, _ in known:
            del self.waiting[place]
        self._add(known)

    async def leave_out(self, texts: Sequence[KeptText], embeddings: Embeddings) -> None:
        """Take in those that got a vector all the same; the others cannot be embedded, and wait no more."""
        for kept in texts:
            self.waiting.pop(_place(kept), None)
        await self._take_known(_keys(texts), embeddings)
        for kept in texts:
            self.waiting.pop(_place(kept), None)

    def _add(self, known: Sequence[tuple[int, Vector]]) -> None:
        if known and self.matrix is not None:
            self.matrix.extend(np.stack([vector for _, vector in known]))
            self._places.extend(place for place, _ in known)

    async def text_of(self, store: KeptTextStore, guild_id: int, row: int) -> KeptText | None:
        """The text of a row of the matrix, None if it is gone."""
        return await _text(store, guild_id, self._places[row])


def _place(kept: KeptText) -> int:
    return kept.generation_id * POSITIONS + kept.position


def _keys(texts: Sequence[KeptText]) -> dict[int, bytes]:
    return {_place(kept): key for kept in texts if (key := _key(kept)) is not None}


def _key(kept: KeptText) -> bytes | None:
    try:
        return hashed(normal(searchable(kept)))
    except InvalidInputError:
        return None  # too long to be searched


async def _text(store: KeptTextStore, guild_id: int, place: int) -> KeptText | None:
    generation_id, position = divmod(place, POSITIONS)
    texts = await store.of(guild_id, generation_id)
    return next((kept for kept in texts if kept.position == position), None)
