"""How alike two texts are in meaning."""

from dataclasses import dataclass

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.embeddings import Embeddings, cosine
from bot.store.generations import Usage, UsageStore

# From which cosine on a pair deserves the words. Older models crowd all texts into the top of the scale.
SCALE = (0.8, 0.5, 0.25)
CROWDED = (0.95, 0.87, 0.8)
CROWDED_MODELS = ("text-embedding-ada-002",)
WORDS = ("almost the same meaning", "closely related", "loosely related", "unrelated")


@dataclass(frozen=True)
class Comparison:
    """Two texts and the cosine of their embeddings; `meaning` says it in words, `identical` that the texts are one."""

    first: str
    second: str
    cosine: float
    meaning: str
    identical: bool
    model: str


class SimilarityService:
    """Compares texts by meaning."""

    def __init__(self, embeddings: Embeddings, catalogue: Catalogue, usage: UsageStore, clock: Clock) -> None:
        self._embeddings = embeddings
        self._catalogue = catalogue
        self._usage = usage
        self._clock = clock

    async def compare(self, guild_id: int, user_id: int, first: str, second: str) -> Comparison:
        """Embed both texts in one request and compare them."""
        batch = await self._embeddings.embed(await self._catalogue.embedding_model(), (first, second))
        await self._usage.add(
            Usage(guild_id, user_id, "similarity", batch.model, batch.tokens, 0, batch.latency_ms, self._clock())
        )
        identical = " ".join(first.split()) == " ".join(second.split())
        value = 1.0 if identical else cosine(batch.vectors[0], batch.vectors[1])
        return Comparison(first, second, value, meaning(value, batch.model), identical, batch.model)


def meaning(value: float, model: str) -> str:
    """What a cosine means in plain words, on the scale of the model that made it."""
    scale = CROWDED if model.startswith(CROWDED_MODELS) else SCALE
    return next((word for bound, word in zip(scale, WORDS, strict=False) if value >= bound), WORDS[-1])
