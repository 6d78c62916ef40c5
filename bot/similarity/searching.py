"""Search by meaning among the jokes and slogans that a server keeps."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import InvalidInputError, NotFoundError
from bot.similarity.index import Collection, Index, searchable
from bot.similarity.reading import normal
from bot.similarity.service import LastTexts, SimilarityService, scale_of
from bot.similarity.vectors import Hit, Vector
from bot.store.kept import KeptText, KeptTextStore
from bot.texts import similarity as texts
from bot.texts.jokes import GONE
from bot.texts.template import Text

MAX_FOUND = 10
MAX_HITS = 500  # that are looked at: of several texts of one request, or that are the same, the nearest is shown
NUMBERS_ON_THE_LOOP = 2_000_000  # in a matrix; a search in a larger one would hold up everybody else


@dataclass(frozen=True)
class Found:
    """A kept text and its cosine with what was looked for."""

    kept: KeptText
    cosine: float


@dataclass(frozen=True)
class Results:
    """What is at least loosely related, best first, one text of each generation; `ready` of `total` texts could be searched.

    `doubt` is a sentence of `bot.texts.similarity` on why nothing was found.
    """

    found: tuple[Found, ...]
    ready: int
    total: int
    doubt: Text | None = None


class SearchService:
    """Looks for what is like a text."""

    def __init__(self, index: Index, similarity: SimilarityService, store: KeptTextStore, typed: LastTexts) -> None:
        self._index = index
        self._similarity = similarity
        self._store = store
        self._typed = typed

    async def search(self, guild_id: int, user_id: int, query: str, *, keep: bool = True) -> Results:
        """The texts nearest to a query. With `keep=False` nothing of the query remains. Raises `NotFoundError` if there are none."""
        normal(query)  # refused before anything is asked
        await self._similarity.admit(guild_id, (query,))
        if keep:
            self._typed[guild_id, user_id] = query
        return await self._like(guild_id, user_id, query, keep=keep)

    async def like(self, guild_id: int, user_id: int, generation_id: int) -> Results:
        """The texts nearest to a kept joke or slogan, without itself or the same again. Raises `NotFoundError` if it is gone."""
        kept = await self.get(guild_id, generation_id)
        return await self._like(guild_id, user_id, searchable(kept[0]), without=kept)

    async def get(self, guild_id: int, generation_id: int) -> tuple[KeptText, ...]:
        """The texts of one kept joke or request for slogans. Raises `NotFoundError` if it is gone."""
        kept = await self._store.of(guild_id, generation_id)
        if not kept:
            raise NotFoundError(GONE)
        return kept

    async def last_text(self, guild_id: int, user_id: int) -> str:
        """What the member last typed into one of the bot's commands. Raises `InvalidInputError` if nothing is known."""
        text = self._typed.get((guild_id, user_id)) or await self._store.last_asked(guild_id, user_id)
        if not text:
            raise InvalidInputError(texts.NOTHING_TYPED)
        return text

    async def _like(
        self, guild_id: int, user_id: int, text: str, *, keep: bool = True, without: Sequence[KeptText] = ()
    ) -> Results:
        if await self._index.is_empty(guild_id):
            raise NotFoundError(texts.NOTHING_SAVED)
        query = (await self._similarity.embed(guild_id, user_id, (text,), keep=keep)).vectors[0]
        collection = await self._index.collection(guild_id, user_id)
        if not collection.total:
            raise NotFoundError(texts.NOTHING_SAVED)
        alike = await _distinct(collection, await _nearest(collection, query), without)
        pairs = [(text, searchable(one.kept)) for one in alike]
        reading = await self._similarity.read(guild_id, user_id, collection.model, pairs)
        doubts = [reading.doubt(*pair, one.cosine) for pair, one in zip(pairs, alike, strict=True)]
        found = [one for one, doubt in zip(alike, doubts, strict=True) if doubt is None]
        doubt = None if found else next(iter(doubts), None)
        return Results(tuple(found[:MAX_FOUND]), len(collection), collection.total, doubt)


async def _distinct(collection: Collection, hits: Sequence[Hit], without: Sequence[KeptText]) -> list[Found]:
    """Hits that are alike, with their texts: none of a request that came before, none that was there in the same words."""
    least, found = scale_of(collection.model)[-1], list[Found]()
    seen: set[int | str] = {part for kept in without for part in (kept.generation_id, _spelt(kept))}
    for hit in hits:
        if hit.cosine < least or len(found) == 2 * MAX_FOUND:
            break
        kept = await collection.text_of(hit.row)
        if kept is not None and seen.isdisjoint((kept.generation_id, _spelt(kept))):
            seen |= {kept.generation_id, _spelt(kept)}
            found.append(Found(kept, hit.cosine))
    return found


def _spelt(kept: KeptText) -> str:
    return " ".join(kept.text.casefold().split())


async def _nearest(collection: Collection, query: Vector) -> list[Hit]:
    if collection.matrix is None:
        return []
    if len(collection) * len(query) < NUMBERS_ON_THE_LOOP:
        return collection.matrix.nearest(query, MAX_HITS)
    return await asyncio.to_thread(collection.matrix.nearest, query, MAX_HITS)
