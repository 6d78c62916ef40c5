"""Datasets: a name in a server for a training file that never changes."""

from dataclasses import asdict, dataclass
from datetime import datetime

from bot.store.database import Database, Row, read_moments


@dataclass(frozen=True)
class NewDataset:
    """A checked training file; `sha256` names the file on disk, `tokens` is an estimate for one pass."""

    guild_id: int
    name: str
    sha256: str
    bytes: int
    examples: int
    tokens: int
    created_by: int
    created_at: datetime
    validation_sha256: str | None = None
    validation_examples: int | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset(NewDataset):
    """A dataset that a server has; one with `removed_at` is only kept for the jobs that used it."""

    id: int
    removed_at: datetime | None


class DatasetStore:
    """Datasets by server and name; names differ in more than case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, dataset: NewDataset) -> Dataset | None:
        """The stored dataset, or None if the server already has one of that name."""
        row = await self._database.insert("datasets", asdict(dataset), "ON CONFLICT DO NOTHING")
        return _dataset(row) if row else None

    async def get(self, guild_id: int, name: str) -> Dataset | None:
        """The dataset of that name."""
        row = await self._database.fetch_one(
            "SELECT * FROM datasets WHERE guild_id = :guild_id AND lower(name) = lower(:name) AND removed_at IS NULL",
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
            "SELECT * FROM datasets WHERE guild_id = :guild_id AND removed_at IS NULL ORDER BY id DESC",
            {"guild_id": guild_id},
        )
        return tuple(_dataset(row) for row in rows)


def _dataset(row: Row) -> Dataset:
    return Dataset(**read_moments(row, "created_at", "removed_at"))
