"""Datasets: a name in a server for a training file that never changes."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row, from_text, to_text


@dataclass(frozen=True)
class Dataset:
    """A checked training file; `sha256` names the file on disk, `tokens` is an estimate for one pass."""

    id: int
    guild_id: int
    name: str
    sha256: str
    bytes: int
    examples: int
    tokens: int
    created_by: int
    created_at: datetime


class DatasetStore:
    """Datasets by server and name; names differ in more than case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        guild_id: int,
        name: str,
        *,
        sha256: str,
        size: int,
        examples: int,
        tokens: int,
        created_by: int,
        now: datetime,
    ) -> Dataset | None:
        """The new dataset, or None if the server already has one of that name."""
        row = await self._database.write(
            "INSERT INTO datasets (guild_id, name, sha256, bytes, examples, tokens, created_by, created_at)"
            " VALUES (:guild_id, :name, :sha256, :bytes, :examples, :tokens, :created_by, :now)"
            " ON CONFLICT DO NOTHING RETURNING *",
            {
                "guild_id": guild_id,
                "name": name,
                "sha256": sha256,
                "bytes": size,
                "examples": examples,
                "tokens": tokens,
                "created_by": created_by,
                "now": to_text(now),
            },
        )
        return _dataset(row) if row else None

    async def get(self, guild_id: int, name: str) -> Dataset | None:
        """The dataset of that name."""
        row = await self._database.fetch_one(
            "SELECT * FROM datasets WHERE guild_id = :guild_id AND lower(name) = lower(:name)",
            {"guild_id": guild_id, "name": name},
        )
        return _dataset(row) if row else None

    async def by_id(self, dataset_id: int) -> Dataset:
        """The dataset behind a row that refers to it."""
        row = await self._database.fetch_one("SELECT * FROM datasets WHERE id = :id", {"id": dataset_id})
        if row is None:
            raise LookupError(f"dataset {dataset_id} is gone")
        return _dataset(row)

    async def list(self, guild_id: int) -> tuple[Dataset, ...]:
        """The server's datasets, newest first."""
        rows = await self._database.fetch_all(
            "SELECT * FROM datasets WHERE guild_id = :guild_id ORDER BY id DESC", {"guild_id": guild_id}
        )
        return tuple(_dataset(row) for row in rows)


def _dataset(row: Row) -> Dataset:
    return Dataset(**{**dict(row), "created_at": from_text(row["created_at"])})
