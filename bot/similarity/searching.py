"""Search by meaning among the jokes and slogans that a server keeps."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.catalogue import Catalogue
from bot.errors import InvalidInputError, NotFoundError, RequestRefusedError
from bot.similarity.collection import Collection, searchable
from bot.similarity.embeddings import Embeddings
from bot.similarity.last_texts import LastTexts
from bot.similarity.normal import normal
from bot.similarity.service import SimilarityService
from bot.similarity.vectors import Hit, Vector
from bot.store.kept import KeptText, KeptTextStore

BEST = 10
AT_ONCE = 64  # texts that a member waits for; more are embedded in the background
SERVERS = 32  # collections in memory
BESIDE_THE_LOOP = 2_000_000  # numbers in a matrix, from which a search would hold up everybody else
EMPTY = "Nothing has been kept here yet. `/joke` and `/slogan` fill the collection."
GONE = "This one is no longer kept. Ask for a new one."


@dataclass(frozen=True)
class Found:
    """A kept text and its cosine with what was looked for."""

    kept: KeptText
    cosine: float


@dataclass(frozen=True)
class Results:
    """The best, best first, one text of each generation; `ready` of `total` texts could be searched."""

    found: tuple[Found, ...]
    ready: int
    total: int
    model: str


class SearchService:
    """One collection a server, loaded at its first search and kept current at each."""

    def __init__(
        self,
        embeddings: Embeddings,
        similarity: SimilarityService,
        catalogue: Catalogue,
        store: KeptTextStore,
        typed: LastTexts,
    ) -> None:
        self._embeddings = embeddings
        self._similarity = similarity
        self._catalogue = catalogue
        self._store = store
        self._typed = typed
        self._collections: OrderedDict[int, Collection] = OrderedDict()
        self._turns: dict[int, asyncio.Lock] = {}
        self.on_behind: Callable[[], None] = lambda: None  # called when texts wait for the background

    async def search(self, guild_id: int, user_id: int, query: str, *, keep: bool = True, most: int = BEST) -> Results:
        """The texts nearest to a query. With `keep=False` nothing of the query remains. Raises `NotFoundError` if there are none."""
        normal(query)  # refused before anything is asked
        if keep:
            self._typed.typed(guild_id, user_id, query)
        await self._refuse_empty(guild_id)
        found = await self._similarity.embed(guild_id, user_id, (query,), keep=keep)
        collection = await self.collection(guild_id, user_id)
        return await self._results(collection, guild_id, found.vectors[0], most)

    async def like(self, guild_id: int, user_id: int, generation_id: int) -> Results:
        """The texts nearest to a kept joke or slogan, without itself. Raises `NotFoundError` if it is gone."""
        kept = await self._store.of(guild_id, generation_id)
        if not kept:
            raise NotFoundError(GONE)
        found = await self._similarity.embed(guild_id, user_id, (searchable(kept[0]),))
        collection = await self.collection(guild_id, user_id)
        return await self._results(collection, guild_id, found.vectors[0], BEST, without=generation_id)

    async def collection(self, guild_id: int, user_id: int) -> Collection:
        """The server's collection, brought up to date; a few missing texts are embedded at once, many in the background."""
        async with self._turns.setdefault(guild_id, asyncio.Lock()):
            collection = await self._current(guild_id)
            if 0 < len(collection.waiting) <= AT_ONCE:
                await self._embed_some(collection, guild_id, user_id)
            elif collection.waiting:
                await self._store.mark(guild_id, None)
                self.on_behind()
            return collection

    async def catch_up(self, guild_id: int) -> Collection:
        """Embed the next texts that wait. The background calls this until none does."""
        async with self._turns.setdefault(guild_id, asyncio.Lock()):
            collection = await self._current(guild_id)
            await self._embed_some(collection, guild_id, 0)
            return collection

    async def _embed_some(self, collection: Collection, guild_id: int, user_id: int) -> None:
        """Embed up to `AT_ONCE` texts of a collection, and write down when none is left."""
        texts = await collection.next_texts(self._store, guild_id, AT_ONCE)
        if texts:
            try:
                found = await self._similarity.embed(guild_id, user_id, [searchable(text) for text in texts])
            except RequestRefusedError:
                await collection.leave_out(texts, self._embeddings)
                return
            collection.begin(found.vectors.shape[1])
            if (found.model, found.vectors.shape[1]) == (collection.model, collection.dimensions):
                collection.take(texts, found.vectors)
            else:
                self._collections.pop(guild_id, None)  # the model changed meanwhile: the next call begins anew
                return
        if not collection.waiting:
            await self._store.mark(guild_id, collection.model)

    async def _current(self, guild_id: int) -> Collection:
        model = await self._catalogue.embedding_model()
        size = await self._embeddings.dimensions(model)
        collection = self._collections.get(guild_id)
        if collection is None or (collection.model, collection.dimensions) != (model, size):
            collection = Collection(model, size)
        await collection.read(self._store, self._embeddings, guild_id)
        self._collections[guild_id] = collection
        self._collections.move_to_end(guild_id)
        if len(self._collections) > SERVERS:
            self._collections.popitem(last=False)
        return collection

    async def _refuse_empty(self, guild_id: int) -> None:
        if guild_id not in self._collections and not await self._store.page(guild_id, 0, await self._store.newest()):
            raise NotFoundError(EMPTY)

    async def _results(
        self, collection: Collection, guild_id: int, query: Vector, most: int, without: int | None = None
    ) -> Results:
        if not collection.total:
            raise NotFoundError(EMPTY)
        found: list[Found] = []
        for hit in await _nearest(collection, query, most):
            kept = await collection.text_of(self._store, guild_id, hit.row)
            fresh = kept is not None and all(kept.generation_id != other.kept.generation_id for other in found)
            if kept is not None and fresh and kept.generation_id != without and len(found) < most:
                found.append(Found(kept, hit.cosine))
        return Results(tuple(found), len(collection), collection.total, collection.model)

    async def last_text(self, guild_id: int, user_id: int) -> str:
        """What the member last typed into one of the bot's commands. Raises `InvalidInputError` if nothing is known."""
        text = self._typed.of(guild_id, user_id) or await self._store.last_asked(guild_id, user_id)
        if not text:
            raise InvalidInputError(
                "You have typed nothing to compare with yet. Use `/similarity compare` or `/joke` once; then your last text is known."
            )
        return text


async def _nearest(collection: Collection, query: Vector, most: int) -> list[Hit]:
    wanted = most * 6 + 1  # a slogan's five texts count once, and some may be gone
    if collection.matrix is None:
        return []
    if len(collection) * len(query) < BESIDE_THE_LOOP:
        return collection.matrix.nearest(query, wanted)
    return await asyncio.to_thread(collection.matrix.nearest, query, wanted)
