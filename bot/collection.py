"""A server's jokes and slogans as unit vectors in memory, of one model alone."""

from array import array
from collections.abc import Sequence

from bot.embeddings import Embeddings
from bot.errors import InvalidInputError
from bot.normal import hashed, normal
from bot.store.kept import KeptText, KeptTextStore
from bot.vectors import Matrix, Vector

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
        while page := await store.page(guild_id, self._read_to, newest):
            await self._take_page(page, embeddings)
            self._read_to = page[-1].generation_id
        self._read_to = max(self._read_to, newest)

    async def _take_page(self, page: Sequence[KeptText], embeddings: Embeddings) -> None:
        keys = {_place(kept): key for kept in page if (key := _key(kept)) is not None}
        vectors = await embeddings.kept(self.model, list(keys.values())) if self.matrix is not None else {}
        known = [(place, vectors[key]) for place, key in keys.items() if key in vectors]
        self.waiting.update(dict.fromkeys(place for place, key in keys.items() if key not in vectors))
        for place, vector in known:
            self._add(place, vector)

    async def next_texts(self, store: KeptTextStore, guild_id: int, most: int) -> tuple[KeptText, ...]:
        """The texts that waited longest; those that are gone wait no more."""
        places = list(self.waiting)[:most]
        found = {place: await _text(store, guild_id, place) for place in places}
        for place in [place for place, kept in found.items() if kept is None]:
            del self.waiting[place]
        return tuple(kept for kept in found.values() if kept is not None)

    def take(self, texts: Sequence[KeptText], vectors: Vector) -> None:
        """Add texts that waited, with their vectors."""
        for kept, vector in zip(texts, vectors, strict=True):
            if _place(kept) in self.waiting:
                del self.waiting[_place(kept)]
                self._add(_place(kept), vector)

    async def leave_out(self, texts: Sequence[KeptText], embeddings: Embeddings) -> None:
        """Take in those that got a vector all the same; the others cannot be embedded, and wait no more."""
        for kept in texts:
            self.waiting.pop(_place(kept), None)
        await self._take_page(texts, embeddings)
        for kept in texts:
            self.waiting.pop(_place(kept), None)

    def _add(self, place: int, vector: Vector) -> None:
        if self.matrix is None:
            self.dimensions = len(vector)
            self.matrix = Matrix(self.dimensions)
        self.matrix.extend(vector)
        self._places.append(place)

    async def text_of(self, store: KeptTextStore, guild_id: int, row: int) -> KeptText | None:
        """The text of a row of the matrix, None if it is gone."""
        return await _text(store, guild_id, self._places[row])


def _place(kept: KeptText) -> int:
    return kept.generation_id * POSITIONS + kept.position


def _key(kept: KeptText) -> bytes | None:
    try:
        return hashed(normal(searchable(kept)))
    except InvalidInputError:
        return None  # too long to be searched


async def _text(store: KeptTextStore, guild_id: int, place: int) -> KeptText | None:
    generation_id, position = divmod(place, POSITIONS)
    texts = await store.of(guild_id, generation_id)
    return next((kept for kept in texts if kept.position == position), None)
