"""The model registry: which fine-tuned models a server has, and which it uses."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row, read_moments


@dataclass(frozen=True)
class RegisteredModel:
    """A fine-tuned model of one server. `job_id` is the local number of the job that made it, `name` the server's own word for it,
    `score` the share of held-out answers that kept the format; `lost_at` is when the model server no longer had it.
    """

    id: int
    guild_id: int
    model: str
    base_model: str
    job_id: int | None
    created_at: datetime
    name: str | None
    score: float | None
    retired_at: datetime | None
    lost_at: datetime | None


class ModelStore:
    """Models by server; the newest activation says which one is in use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, guild_id: int, model: str, *, base_model: str, job_id: int | None, now: datetime
    ) -> RegisteredModel:
        """Register the model; one that is there already stays as it is."""
        row = await self._database.insert(
            "models",
            {"guild_id": guild_id, "model": model, "base_model": base_model, "job_id": job_id, "created_at": now},
            "ON CONFLICT (guild_id, model) DO UPDATE SET model = excluded.model",
        )
        if row is None:
            raise LookupError("an upsert returned no row")
        return _model(row)

    async def get(self, guild_id: int, model: str) -> RegisteredModel | None:
        """The server's model of that id."""
        row = await self._database.fetch_one(
            "SELECT * FROM models WHERE guild_id = :guild_id AND model = :model", {"guild_id": guild_id, "model": model}
        )
        return _model(row) if row else None

    async def list(self, guild_id: int) -> tuple[RegisteredModel, ...]:
        """The server's models, newest first."""
        rows = await self._database.fetch_all(
            "SELECT * FROM models WHERE guild_id = :guild_id ORDER BY id DESC", {"guild_id": guild_id}
        )
        return tuple(_model(row) for row in rows)

    async def activate(self, guild_id: int, model_id: int | None, *, activated_by: int | None, now: datetime) -> None:
        """From now on the server uses this model, or with None the base; `activated_by` is None when a job's end did it."""
        await self._database.insert(
            "activations",
            {"guild_id": guild_id, "model_id": model_id, "activated_by": activated_by, "activated_at": now},
        )

    async def active(self, guild_id: int) -> RegisteredModel | None:
        """The model that the server uses now."""
        row = await self._database.fetch_one(
            "SELECT m.* FROM activations a LEFT JOIN models m ON m.id = a.model_id"
            " WHERE a.guild_id = :guild_id ORDER BY a.id DESC LIMIT 1",
            {"guild_id": guild_id},
        )
        return _model(row) if row and row["id"] is not None else None


def _model(row: Row) -> RegisteredModel:
    return RegisteredModel(**read_moments(row, "created_at", "retired_at", "lost_at"))
