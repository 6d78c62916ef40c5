"""Datasets: a name in a server for a training file that never changes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.characters import name_key
from bot.store.contributions import ContributionStore, WithdrawnError
from bot.store.database import Database, Row, read_moments, to_text


@dataclass(frozen=True)
class NewDataset:
    """A checked training file; `sha256` names the file on disk, `tokens` is an estimate for one pass, `method` is OpenAI's word for what
    its examples are for (`supervised`, or `dpo` for preference pairs), `system` is the system message that most examples have (None:
    none, or not known)."""

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
    tool_examples: int = 0
    method: str = "supervised"
    kind: str = "joke"
    system: str | None = None


@dataclass(frozen=True, kw_only=True)
class Dataset(NewDataset):
    """A dataset that a server has; one with `removed_at` is only kept for the jobs that used it."""

    id: int
    removed_at: datetime | None


# Only while the server still holds a question of the member's: forgetting deletes those before it looks for datasets.
_LINK_ASKER = (
    "INSERT INTO dataset_askers (dataset_id, user_id) SELECT d.id, :user_id FROM datasets d WHERE d.id = :id AND ("
    " EXISTS (SELECT 1 FROM draft_examples e JOIN drafts f ON f.id = e.draft_id"
    " WHERE f.guild_id = d.guild_id AND e.asked_by = :user_id)"
    " OR EXISTS (SELECT 1 FROM rounds r WHERE r.guild_id = d.guild_id AND r.opened_by = :user_id)"
    " OR EXISTS (SELECT 1 FROM dataset_askers a JOIN datasets o ON o.id = a.dataset_id"
    " WHERE o.guild_id = d.guild_id AND a.user_id = :user_id)) RETURNING dataset_id"
)
_SAME_ASKERS = (
    "INSERT INTO dataset_askers (dataset_id, user_id) SELECT DISTINCT n.id, a.user_id"
    " FROM datasets n JOIN datasets d ON d.guild_id = n.guild_id AND n.sha256 IN (d.sha256, d.validation_sha256)"
    " JOIN dataset_askers a ON a.dataset_id = d.id WHERE n.id = :id ON CONFLICT DO NOTHING"
)


class DatasetStore:
    """Datasets by server and name; names differ in more than case, in any script."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._contributions = ContributionStore(database)

    async def add(
        self, dataset: NewDataset, contributions: Sequence[int] = (), askers: Sequence[int] = ()
    ) -> Dataset | None:
        """The stored dataset with links to its contributions, and to the members whose questions it holds because of votes; None if the
        server already has one of that name.

        Raises `WithdrawnError` if a contribution was withdrawn, or such a member forgotten. Then nothing is stored.
        """
        values = {**asdict(dataset), "name_key": name_key(dataset.name)}
        async with self._database.transaction():
            row = await self._database.insert("datasets", values, "ON CONFLICT DO NOTHING")
            if row is not None:
                await self._contributions.link(row["id"], contributions)
                await self._link_askers(row["id"], askers)
        return _dataset(row) if row else None

    async def _link_askers(self, dataset_id: int, askers: Sequence[int]) -> None:
        for user_id in askers:
            if await self._database.write(_LINK_ASKER, {"id": dataset_id, "user_id": user_id}) is None:
                raise WithdrawnError
        await self._database.write(_SAME_ASKERS, {"id": dataset_id})

    async def askers(self, dataset_id: int) -> tuple[int, ...]:
        """The members whose questions it holds because of votes."""
        rows = await self._database.fetch_all(
            "SELECT user_id FROM dataset_askers WHERE dataset_id = :id ORDER BY user_id", {"id": dataset_id}
        )
        return tuple(row["user_id"] for row in rows)

    async def asked_by(self, guild_id: int, user_id: int) -> tuple[Dataset, ...]:
        """The datasets that hold a member's questions because of votes, oldest first, including removed ones."""
        rows = await self._database.fetch_all(
            "SELECT d.* FROM datasets d JOIN dataset_askers a ON a.dataset_id = d.id"
            " WHERE d.guild_id = :guild_id AND a.user_id = :user_id ORDER BY d.id",
            {"guild_id": guild_id, "user_id": user_id},
        )
        return tuple(_dataset(row) for row in rows)

    async def get(self, guild_id: int, name: str) -> Dataset | None:
        """The dataset of that name."""
        row = await self._database.fetch_one(
            "SELECT * FROM datasets WHERE guild_id = :guild_id AND name_key = :name_key AND removed_at IS NULL",
            {"guild_id": guild_id, "name_key": name_key(name)},
        )
        return _dataset(row) if row else None

    async def by_id(self, dataset_id: int) -> Dataset:
        """The dataset behind a row that refers to it."""
        row = await self._database.fetch_one("SELECT * FROM datasets WHERE id = :id", {"id": dataset_id})
        if row is None:
            raise LookupError(f"dataset {dataset_id} is gone")
        return _dataset(row)

    async def of_job(self, job_id: int) -> Dataset | None:
        """The dataset that a job trains on."""
        row = await self._database.fetch_one(
            "SELECT d.* FROM jobs j JOIN quotes q ON q.id = j.quote_id JOIN datasets d ON d.id = q.dataset_id WHERE j.id = :id",
            {"id": job_id},
        )
        return _dataset(row) if row else None

    async def by_number(self, guild_id: int, dataset_id: int) -> Dataset | None:
        """The server's dataset of that number, unless it was removed."""
        row = await self._database.fetch_one(
            "SELECT * FROM datasets WHERE id = :id AND guild_id = :guild_id AND removed_at IS NULL",
            {"id": dataset_id, "guild_id": guild_id},
        )
        return _dataset(row) if row else None

    async def list(self, guild_id: int) -> tuple[Dataset, ...]:
        """The server's datasets, newest first."""
        rows = await self._database.fetch_all(
            "SELECT * FROM datasets WHERE guild_id = :guild_id AND removed_at IS NULL ORDER BY id DESC",
            {"guild_id": guild_id},
        )
        return tuple(_dataset(row) for row in rows)

    async def same(self, guild_id: int, sha256: str) -> Dataset | None:
        """The server's oldest dataset with this content."""
        row = await self._database.fetch_one(
            "SELECT * FROM datasets WHERE guild_id = :guild_id AND sha256 = :sha256 AND validation_sha256 IS NULL"
            " AND removed_at IS NULL ORDER BY id",
            {"guild_id": guild_id, "sha256": sha256},
        )
        return _dataset(row) if row else None

    async def saved_files(self) -> frozenset[str]:
        """The content hashes that any server still has."""
        rows = await self._database.fetch_all("SELECT sha256, validation_sha256 FROM datasets WHERE removed_at IS NULL")
        return frozenset(sha256 for row in rows for sha256 in row if sha256)

    async def removed_files(self) -> frozenset[str]:
        """The content hashes of datasets that were removed, whether or not another has the same."""
        rows = await self._database.fetch_all(
            "SELECT sha256, validation_sha256 FROM datasets WHERE removed_at IS NOT NULL"
        )
        return frozenset(sha256 for row in rows for sha256 in row if sha256)

    async def contributions(self, dataset_id: int) -> tuple[int, ...]:
        """The numbers of the contributions in it."""
        return await self._contributions.held_by(dataset_id)

    async def holding(self, contribution_id: int) -> tuple[Dataset, ...]:
        """All datasets that contain a contribution, oldest first, including removed ones."""
        rows = await self._database.fetch_all(
            "SELECT d.* FROM datasets d JOIN dataset_contributions l ON l.dataset_id = d.id"
            " WHERE l.contribution_id = :id ORDER BY d.id",
            {"id": contribution_id},
        )
        return tuple(_dataset(row) for row in rows)

    async def withdraw(self, dataset_id: int, *, now: datetime) -> None:
        """Remove it, even if a job uses it: an example in it was withdrawn."""
        await self._database.write(
            "UPDATE datasets SET removed_at = :now WHERE id = :id AND removed_at IS NULL",
            {"id": dataset_id, "now": to_text(now)},
        )

    async def withdraw_all(self, guild_id: int, *, now: datetime) -> tuple[Dataset, ...]:
        """Remove all datasets of a server, even those in use; returns them with those removed before."""
        await self._database.write(
            "UPDATE datasets SET removed_at = :now WHERE guild_id = :guild_id AND removed_at IS NULL",
            {"guild_id": guild_id, "now": to_text(now)},
        )
        rows = await self._database.fetch_all(
            "SELECT * FROM datasets WHERE guild_id = :guild_id", {"guild_id": guild_id}
        )
        return tuple(map(_dataset, rows))

    async def remove(self, guild_id: int, dataset_id: int, *, now: datetime) -> tuple[Dataset, int | None] | None:
        """Delete a dataset, unless an active job uses it, whose number then comes with it; None if the server has no such dataset."""
        async with self._database.transaction():
            dataset = await self.by_number(guild_id, dataset_id)
            if dataset is None:
                return None
            job = await self._database.fetch_one(
                "SELECT j.id FROM jobs j JOIN quotes q ON q.id = j.quote_id WHERE q.dataset_id = :id"
                " AND j.status NOT IN ('succeeded', 'failed', 'cancelled')",
                {"id": dataset_id},
            )
            if job is None:
                await self._database.write(
                    "UPDATE datasets SET removed_at = :now WHERE id = :id", {"id": dataset_id, "now": to_text(now)}
                )
        return dataset, int(job["id"]) if job else None


def _dataset(row: Row) -> Dataset:
    values = read_moments(row, "created_at", "removed_at")
    del values["name_key"]
    return Dataset(**values)
