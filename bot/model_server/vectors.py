"""What a model server answers where it was asked for embeddings, as an array."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.lazy_numpy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def parse_vectors(answer: Mapping[str, Any]) -> NDArray[np.float32]:
    """Vectors of shape (texts, dimensions) in the order of the texts, sent as numbers or packed as base64.

    Raises `ValueError`, `KeyError` or `TypeError` for what is not the protocol. Numbers too large become infinite.
    """
    ordered = sorted(answer["data"], key=lambda item: item["index"])
    with np.errstate(over="ignore"):  # `bot.similarity.embeddings` refuses infinite vectors
        vectors = np.asarray([_numbers(item["embedding"]) for item in ordered], dtype=np.float32)
    if vectors.ndim != 2:
        raise ValueError("not vectors of one length")
    return vectors


def _numbers(given: Any) -> Any:
    return np.frombuffer(base64.b64decode(given, validate=True), dtype="<f4") if isinstance(given, str) else given
