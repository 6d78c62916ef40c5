"""Everything that compares texts by meaning, around one `Embeddings`."""

from contextlib import AbstractAsyncContextManager

from cachetools import LRUCache

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.moderation.guard import Guard
from bot.serving import Serves, every_server
from bot.similarity.embeddings import Embeddings
from bot.similarity.index import Index
from bot.similarity.labels import LabelService
from bot.similarity.maps import MapService
from bot.similarity.near_duplicates import DuplicateService
from bot.similarity.searching import SearchService
from bot.similarity.service import SimilarityService
from bot.store.kept import KeptTextStore
from bot.store.labels import LabelStore

MAX_LAST_TEXTS = 1000  # members who typed less lately than these are forgotten


class Meaning:
    """The services that the commands use, each built once from what it is passed."""

    def __init__(
        self,
        embeddings: Embeddings,
        catalogue: Catalogue,
        datasets: DatasetService,
        kept: KeptTextStore,
        labels: LabelStore,
        guard: Guard,
        clock: Clock,
        serves: Serves = every_server,
    ) -> None:
        typed = self._typed = LRUCache[tuple[int, int], str](MAX_LAST_TEXTS)
        self.embeddings = embeddings
        self.similarity = SimilarityService(embeddings, catalogue, typed, guard)
        self.index = Index(embeddings, self.similarity, catalogue, kept, serves)
        self.search = SearchService(self.index, self.similarity, kept, typed)
        self.labels = LabelService(labels, self.similarity, clock)
        self.maps = MapService(self.index, self.similarity, datasets)
        self.duplicates = DuplicateService(self.similarity, datasets)

    def forget_server(self, guild_id: int) -> None:
        """Drop what is in memory of a server's texts: vectors, the search index, and what members typed last."""
        self.embeddings.forget_server(guild_id)
        self.index.forget_server(guild_id)
        for key in [key for key in self._typed if key[0] == guild_id]:
            del self._typed[key]

    def running(self) -> AbstractAsyncContextManager[None]:
        """Embed in the background until left."""
        return self.index.running()
