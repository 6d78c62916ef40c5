"""Vectors of texts that were embedded before, by server, model, size and the hash of the normalised text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from bot.lazy_numpy import np
from bot.store.database import Database, to_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_VALUES = 500  # in one statement


class VectorStore:
    """A cache: losing it costs requests to the model server and nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, guild_id: int, user_id: int, model: str, vectors: Mapping[bytes, NDArray[np.float32]], now: datetime
    ) -> None:
        """Keep vectors by the hash of their text, all or none; a newer one of the same size takes the older one's place."""
        of = {"guild_id": guild_id, "user_id": user_id, "model": model, "created_at": to_text(now)}
        async with self._database.transaction():
            for text_hash, vector in vectors.items():
                packed = vector.astype("<f4").tobytes()
                values = {"dimensions": len(vector), "text_hash": text_hash, "vector": packed}
                await self._database.insert("embeddings", {**of, **values}, REPLACE)

    async def get(
        self, guild_id: int, model: str, dimensions: int, hashes: Sequence[bytes]
    ) -> dict[bytes, NDArray[np.float32]]:
        """Those of the vectors that are kept."""
        found = {}
        for start in range(0, len(hashes), MAX_VALUES):
            part = {f"h{place}": value for place, value in enumerate(hashes[start : start + MAX_VALUES])}
            marks = ", ".join(f":{name}" for name in part)
            rows = await self._database.fetch_all(
                f"SELECT text_hash, vector FROM embeddings WHERE guild_id = :guild_id AND model = :model AND dimensions = :dimensions AND text_hash IN ({marks})",  # noqa: S608  # names of parameters
                {"guild_id": guild_id, "model": model, "dimensions": dimensions, **part},
            )
            found.update({row["text_hash"]: np.frombuffer(row["vector"], dtype="<f4") for row in rows})
        return found

    async def remove(self, guild_id: int, hashes: Sequence[bytes]) -> None:
        """Delete a server's vectors of these texts, of all models."""
        statement = "DELETE FROM embeddings WHERE guild_id = :guild_id AND text_hash = :hash"
        for text_hash in hashes:
            await self._database.write(statement, {"guild_id": guild_id, "hash": text_hash})

    async def dimensions(self, model: str) -> int | None:
        """The length of the model's newest vector; None if there is none."""
        row = await self._database.fetch_one(
            "SELECT dimensions FROM embeddings WHERE model = :model ORDER BY created_at DESC LIMIT 1",
            {"model": model},
        )
        return int(row["dimensions"]) if row else None


REPLACE = "ON CONFLICT (guild_id, model, dimensions, text_hash) DO UPDATE SET vector = excluded.vector, created_at = excluded.created_at"
