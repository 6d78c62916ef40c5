"""Vectors for texts: asked for, checked, and compared."""

import numpy as np
from numpy.typing import NDArray

from bot.errors import InvalidInputError, ServerNonsenseError
from bot.llm import LLM, EmbeddingBatch

Vector = NDArray[np.float32]


def cosine(first: Vector, second: Vector) -> float:
    """dot(a, b) / (norm(a) * norm(b)), in -1 to 1. Both must be finite and not zero; integers are taken as floats."""
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    # Scaling first keeps the squares of very large and very small numbers finite.
    a, b = a / np.max(np.abs(a)), b / np.max(np.abs(b))
    value = float(np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b)))
    return min(1.0, max(-1.0, value))


class Embeddings:
    """The one path from texts to vectors."""

    def __init__(self, llm: LLM) -> None:
        self._llm = llm

    async def embed(self, model: str, texts: tuple[str, ...]) -> EmbeddingBatch:
        """One checked vector a text. Raises `InvalidInputError` for blank text, `ServerNonsenseError` for useless vectors."""
        if not all(text.strip() for text in texts):
            raise InvalidInputError("There is nothing to compare in an empty text. Write at least one word.")
        batch = await self._llm.embed(model, texts)
        if not np.isfinite(batch.vectors).all() or not batch.vectors.any(axis=1).all():
            raise ServerNonsenseError(
                "The embedding model answered with a vector that means nothing. Try again in a minute."
            )
        return batch
