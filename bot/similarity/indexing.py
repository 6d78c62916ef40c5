"""Embeds in the background what a search would make members wait for: many texts at once, or all after the model has changed."""

import asyncio
import logging

from bot.catalogue import Catalogue
from bot.errors import ModelServerError
from bot.loop import Loop
from bot.similarity.searching import SearchService
from bot.store.kept import KeptTextStore

log = logging.getLogger(__name__)

IDLE, AFTER_FAILURE = 3600.0, 60.0


class Indexer:
    """Works for servers that have searched before, and for no others: embedding costs."""

    def __init__(self, search: SearchService, catalogue: Catalogue, store: KeptTextStore) -> None:
        self._search = search
        self._catalogue = catalogue
        self._store = store
        behind = asyncio.Event()
        self.loop = Loop("search index", self.round, behind)
        search.on_behind = behind.set

    async def round(self) -> float:
        """Embed one batch of one server; returns the seconds until the next round."""
        searched = await self._store.searched()
        if not searched:
            return IDLE
        model = await self._catalogue.embedding_model()
        guild_id = next((guild for guild, done_with in searched.items() if done_with != model), None)
        if guild_id is None:
            return IDLE
        try:
            collection = await self._search.catch_up(guild_id)
        except ModelServerError as error:
            log.warning("The search index of server %d waits: %s", guild_id, error)
            return AFTER_FAILURE
        log.info("The search index of server %d: %d of %d texts.", guild_id, len(collection), collection.total)
        return 0.0
