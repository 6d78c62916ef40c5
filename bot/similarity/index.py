"""Each server's jokes and slogans as unit vectors in memory: loaded at the first search, kept current at each.

A member waits for the embedding of a few texts. Of many, or of all after the model has changed, a loop in the background takes care,
for servers that have searched before and for no others: embedding costs.
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence

from cachetools import LRUCache

from bot.catalogue import Catalogue
from bot.errors import InvalidInputError, ModelServerError, RequestRefusedError
from bot.lazy_numpy import np
from bot.loop import Loop
from bot.serving import Serves, every_server
from bot.similarity.embeddings import Embeddings
from bot.similarity.reading import hashed, normal
from bot.similarity.service import SimilarityService
from bot.similarity.vectors import Matrix
from bot.store.kept import PAGE_SIZE, KeptText, KeptTextStore

log = logging.getLogger(__name__)

TEXTS_AT_ONCE = 64  # that a member waits for
MAX_COLLECTIONS = 32  # in memory
POSITIONS = 256  # more texts than one generation can have
IDLE_SECONDS, RETRY_SECONDS = 3600.0, 60.0


def searchable(kept: KeptText) -> str:
    """What is embedded of a kept text: what was asked, and the answer."""
    return f"{kept.asked}\n{kept.text}"


class Collection:
    """A server's texts by one model alone. Rows are numbered as they were added; texts without a vector wait."""

    def __init__(
        self, guild_id: int, model: str, dimensions: int | None, embeddings: Embeddings, store: KeptTextStore
    ) -> None:
        self.model = model
        self.matrix = Matrix(dimensions) if dimensions else None
        self.waiting: dict[int, bytes] = {}  # places of texts, oldest first, and the hash that their vector will have
        self._guild_id = guild_id
        self._embeddings = embeddings
        self._store = store
        self._places = array("q")
        self._read_to = 0

    def __len__(self) -> int:
        """How many texts can be searched."""
        return len(self._places)

    @property
    def dimensions(self) -> int | None:
        """The size of its vectors, as far as is known."""
        return None if self.matrix is None else self.matrix.dimensions

    @property
    def total(self) -> int:
        """How many texts there are."""
        return len(self) + len(self.waiting)

    async def read(self) -> None:
        """Take in what the server kept since the last call; what the model embedded before gets its vector."""
        newest, fresh = await self._store.newest(), list[int]()
        while page := await self._store.page(self._guild_id, self._read_to, newest):
            keys = {kept.generation_id * POSITIONS + kept.position: _key(kept) for kept in page}
            self.waiting.update({place: key for place, key in keys.items() if key is not None})
            fresh += keys
            self._read_to = page[-1].generation_id
        self._read_to = max(self._read_to, newest)
        if self.matrix is not None and not self._places:
            self.matrix.reserve(len(fresh))
        await self.take(fresh)

    async def take(self, places: Iterable[int]) -> None:
        """Move those of the waiting texts that have a vector by now into the matrix."""
        waiting = [place for place in places if place in self.waiting]
        for start in range(0, len(waiting), PAGE_SIZE):
            part = {place: self.waiting[place] for place in waiting[start : start + PAGE_SIZE]}
            vectors = await self._embeddings.saved(self._guild_id, self.model, list(part.values()))
            if self.matrix is None and vectors:
                self.matrix = Matrix(len(next(iter(vectors.values()))))
            found = [place for place, key in part.items() if len(vectors.get(key, ())) == self.dimensions]
            if found and self.matrix is not None:
                self.matrix.extend(np.stack([vectors[part[place]] for place in found]))
                self._places.extend(found)
            for place in found:
                del self.waiting[place]

    async def waiting_texts(self, most: int) -> dict[int, KeptText]:
        """The texts that waited longest, by their places; those that are gone wait no more."""
        found = {place: await self._text(place) for place in list(self.waiting)[:most]}
        for place in [place for place, kept in found.items() if kept is None]:
            del self.waiting[place]
        return {place: kept for place, kept in found.items() if kept is not None}

    async def text_of(self, row: int) -> KeptText | None:
        """The text of a row of the matrix, None if it is gone."""
        return await self._text(self._places[row])

    async def _text(self, place: int) -> KeptText | None:
        generation_id, position = divmod(place, POSITIONS)
        texts = await self._store.of(self._guild_id, generation_id)
        return next((kept for kept in texts if kept.position == position), None)


def _key(kept: KeptText) -> bytes | None:
    try:
        return hashed(normal(searchable(kept)))
    except InvalidInputError:
        return None  # too long to be searched


class Index:
    """The collections of the servers that searched last."""

    def __init__(
        self,
        embeddings: Embeddings,
        similarity: SimilarityService,
        catalogue: Catalogue,
        store: KeptTextStore,
        serves: Serves = every_server,
    ) -> None:
        self._embeddings = embeddings
        self._similarity = similarity
        self._catalogue = catalogue
        self._store = store
        self._collections = LRUCache[int, Collection](MAX_COLLECTIONS)
        self._turns = defaultdict[int, asyncio.Lock](asyncio.Lock)
        self._serves = serves
        self._behind = store.served_more()
        self._loop = Loop("search index", self.round, self._behind, everywhere=True)
        self.running = self._loop.running

    def forget_server(self, guild_id: int) -> None:
        """Drop a server's collection from memory; the next search reads it anew."""
        self._collections.pop(guild_id, None)

    def forget_all(self) -> None:
        """Likewise with every server."""
        self._collections.clear()

    async def is_empty(self, guild_id: int) -> bool:
        """Whether the server keeps no text that could be searched."""
        return guild_id not in self._collections and not await self._store.page(guild_id, 0, await self._store.newest())

    async def collection(self, guild_id: int, user_id: int) -> Collection:
        """The server's collection, brought up to date; a few missing texts are embedded at once, many in the background."""
        async with self._turns[guild_id]:
            collection = await self._current(guild_id)
            if 0 < len(collection.waiting) <= TEXTS_AT_ONCE:
                await self._embed_some(collection, guild_id, user_id)
            elif collection.waiting:
                await self._store.mark(guild_id, None)
                self._behind.set()
            return collection

    async def round(self) -> float:
        """Embed one batch of one server; returns the seconds until the next round."""
        searched = await self._store.searched()
        model = await self._catalogue.embedding_model() if searched else ""
        guild_id = next(
            (one for one, with_model in searched.items() if with_model != model and self._serves(one)), None
        )
        if guild_id is None:
            return IDLE_SECONDS
        try:
            async with self._turns[guild_id]:
                collection = await self._current(guild_id)
                await self._embed_some(collection, guild_id, 0)
        except ModelServerError as error:
            log.warning("The search index of server %d waits: %s", guild_id, error)
            return RETRY_SECONDS
        log.info("The search index of server %d: %d of %d texts.", guild_id, len(collection), collection.total)
        return 0.0

    async def _embed_some(self, collection: Collection, guild_id: int, user_id: int) -> None:
        """Embed the texts of a collection that waited longest, and write down when none is left."""
        texts = await collection.waiting_texts(TEXTS_AT_ONCE)
        try:
            model = await self._embed(guild_id, user_id, [searchable(kept) for kept in texts.values()])
        except RequestRefusedError:
            await collection.take(texts)
            for place in texts:
                collection.waiting.pop(place, None)  # no server takes it
            return
        size = await self._embeddings.dimensions(collection.model)
        if model != collection.model or collection.dimensions not in (None, size):
            self._collections.pop(guild_id, None)  # the model changed meanwhile: the next call begins anew
            return
        await collection.take(texts)
        if not collection.waiting:
            await self._store.mark(guild_id, collection.model)

    async def _embed(self, guild_id: int, user_id: int, texts: Sequence[str]) -> str:
        if not texts:
            return await self._catalogue.embedding_model()
        return (await self._similarity.embed(guild_id, user_id, texts)).model

    async def _current(self, guild_id: int) -> Collection:
        model = await self._catalogue.embedding_model()
        size = await self._embeddings.dimensions(model)
        collection = self._collections.get(guild_id)
        if collection is None or collection.model != model or collection.dimensions not in (None, size):
            collection = Collection(guild_id, model, size, self._embeddings, self._store)
        await collection.read()
        self._collections[guild_id] = collection
        return collection
