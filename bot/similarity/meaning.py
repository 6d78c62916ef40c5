"""Everything that compares texts by meaning, wired together."""

from dataclasses import dataclass

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.datasets.service import DatasetService
from bot.llm import LLM
from bot.similarity.embeddings import Embeddings
from bot.similarity.indexing import Indexer
from bot.similarity.labels import LabelService
from bot.similarity.last_texts import LastTexts
from bot.similarity.maps import MapService
from bot.similarity.near_duplicates import DuplicateService
from bot.similarity.searching import SearchService
from bot.similarity.service import SimilarityService
from bot.store.database import Database
from bot.store.generations import UsageStore
from bot.store.kept import KeptTextStore
from bot.store.labels import LabelStore
from bot.store.vectors import VectorStore


@dataclass(frozen=True)
class Meaning:
    """The services around one `Embeddings`."""

    embeddings: Embeddings
    similarity: SimilarityService
    search: SearchService
    indexer: Indexer
    labels: LabelService
    maps: MapService
    duplicates: DuplicateService


def wire_meaning(database: Database, llm: LLM, catalogue: Catalogue, datasets: DatasetService, clock: Clock) -> Meaning:
    """Build them; nothing is asked or read yet."""
    embeddings = Embeddings(llm, VectorStore(database), clock)
    kept, typed = KeptTextStore(database), LastTexts()
    similarity = SimilarityService(embeddings, catalogue, UsageStore(database), clock, typed)
    search = SearchService(embeddings, similarity, catalogue, kept, typed)
    return Meaning(
        embeddings=embeddings,
        similarity=similarity,
        search=search,
        indexer=Indexer(search, catalogue, kept),
        labels=LabelService(LabelStore(database), similarity, clock),
        maps=MapService(search, similarity, datasets, kept),
        duplicates=DuplicateService(similarity, datasets),
    )
