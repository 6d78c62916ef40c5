"""The model registry: which fine-tuned models a server has, and which it uses."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row, read_moments, storable

TOPIC = "models"
IN_USE_TOPIC = "models in use"  # also of what is known of them
SELECT = """
SELECT m.id, m.guild_id, m.model, m.base_model, m.job_id, m.created_at, m.name, m.score, m.archived_at, m.lost_at,
       m.kind, d.name AS dataset, d.system
FROM models m LEFT JOIN jobs j ON j.id = m.job_id
LEFT JOIN quotes q ON q.id = j.quote_id LEFT JOIN datasets d ON d.id = q.dataset_id
"""
# The model in use for a kind: that of the server's newest activation for it.
IN_USE = "(SELECT a.model_id FROM activations a WHERE a.guild_id = m.guild_id AND a.kind = m.kind ORDER BY a.id DESC LIMIT 1)"
_ACTIVATION = "SELECT a.id, a.model_id, m.model, m.name, a.activated_by, a.activated_at, a.evidence, a.kind"


@dataclass(frozen=True)
class RegisteredModel:
    """A fine-tuned model of one server. `job_id` is the local number of the job that made it, `name` the server's own word for it,
    `score` the share of held-out answers that kept the format; `lost_at` is when the model server no longer had it. It writes what its
    `kind` says, and was trained with the `system` message (None: not known).
    """

    id: int
    guild_id: int
    model: str
    base_model: str
    job_id: int | None
    created_at: datetime
    name: str | None
    score: float | None
    archived_at: datetime | None
    lost_at: datetime | None
    kind: str
    dataset: str | None
    system: str | None


@dataclass(frozen=True)
class Activation:
    """A switch for a `kind`. `model_id`, `model` and `name` are None for the base; `activated_by` is None when a job's end did it.
    `evidence` is what a promotion rested on."""

    id: int
    model_id: int | None
    model: str | None
    name: str | None
    activated_by: int | None
    activated_at: datetime
    evidence: str | None
    kind: str


class ModelStore:
    """Models by server; the newest activation says which one is in use."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, guild_id: int, model: str, *, base_model: str, job_id: int | None, now: datetime, kind: str = "joke"
    ) -> RegisteredModel:
        """Register the model; one that is there already stays as it is."""
        async with self._database.transaction():
            values = {"guild_id": guild_id, "model": model, "base_model": base_model, "job_id": job_id, "kind": kind}
            await self._database.insert(
                "models",
                {**values, "created_at": now},
                "ON CONFLICT (guild_id, model) DO NOTHING",
            )
            added = await self.get(guild_id, model)
            self._database.announce(TOPIC)
            self._database.announce(IN_USE_TOPIC)
        if added is None:
            raise LookupError("a model that was just registered is gone")
        return added

    async def get(self, guild_id: int, model: str) -> RegisteredModel | None:
        """The server's model of that id, also if it is archived."""
        row = await self._database.fetch_one(
            SELECT + "WHERE m.guild_id = :guild_id AND m.model = :model", {"guild_id": guild_id, "model": model}
        )
        return _model(row) if row else None

    async def is_others(self, guild_id: int, model: str) -> bool:
        """Whether another guild has a model of that id, and this one has not."""
        row = await self._database.fetch_one(
            "SELECT MAX(CASE WHEN guild_id = :guild_id THEN 1 ELSE 0 END) AS own FROM models WHERE model = :model",
            {"guild_id": guild_id, "model": model},
        )
        return row is not None and row["own"] == 0

    async def list(self, guild_id: int) -> tuple[RegisteredModel, ...]:
        """The server's models, newest first, with the archived ones."""
        rows = await self._database.fetch_all(
            SELECT + "WHERE m.guild_id = :guild_id ORDER BY m.id DESC", {"guild_id": guild_id}
        )
        return tuple(_model(row) for row in rows)

    async def set_score(self, guild_id: int, model: str, score: float | None) -> None:
        """Write down the share of held-out answers that kept the format."""
        await self._database.write(
            "UPDATE models SET score = :score WHERE guild_id = :guild_id AND model = :model",
            {"guild_id": guild_id, "model": model, "score": score},
        )
        self._database.announce(IN_USE_TOPIC)

    async def active(self, guild_id: int) -> dict[str, RegisteredModel]:
        """The server's active models by kind; a kind without one uses the base."""
        rows = await self._database.fetch_all(
            SELECT + f"WHERE m.guild_id = :guild_id AND m.id = {IN_USE}",
            {"guild_id": guild_id},
        )
        return {row["kind"]: _model(row) for row in rows}

    async def all_active(self) -> tuple[RegisteredModel, ...]:
        """The models that are in use, of all servers."""
        rows = await self._database.fetch_all(SELECT + f"WHERE m.id = {IN_USE} ORDER BY m.id")
        return tuple(_model(row) for row in rows)

    async def rename(self, model_id: int, name: str) -> None:
        """Give the model a name of the guild's own."""
        await self._database.write("UPDATE models SET name = :name WHERE id = :id", {"id": model_id, "name": name})
        self._database.announce(IN_USE_TOPIC)

    async def mark_lost(self, model_id: int, lost_at: datetime | None) -> None:
        """The model server no longer has it since then, or (None) has it again."""
        values = {"id": model_id, "at": storable(lost_at)}
        await self._database.write("UPDATE models SET lost_at = :at WHERE id = :id", values)
        self._database.announce(IN_USE_TOPIC)

    async def archive(self, model_id: int, *, now: datetime) -> bool:
        """Take the model out of the lists; False if it is the one in use."""
        row = await self._database.write(
            f"UPDATE models AS m SET archived_at = :now WHERE m.id = :id AND m.id <> COALESCE({IN_USE}, 0) RETURNING id",  # noqa: S608  # our own SQL
            {"id": model_id, "now": storable(now)},
        )
        return row is not None

    async def activate(
        self,
        guild_id: int,
        model_id: int | None,
        *,
        kind: str = "joke",
        activated_by: int | None,
        now: datetime,
        evidence: str | None = None,
    ) -> None:
        """Make this model (None: the base) the active one of that kind. `activated_by` is None if a finished job did it.

        A model in use is neither archived nor lost; one whose name was given away meanwhile comes back without it.
        """
        by = {"activated_by": activated_by, "activated_at": now, "evidence": evidence}
        values = {"guild_id": guild_id, "kind": kind, "model_id": model_id, **by}
        async with self._database.transaction():
            await self._database.write(
                "UPDATE models SET archived_at = NULL, lost_at = NULL, name = CASE WHEN archived_at IS NOT NULL AND EXISTS ("
                " SELECT 1 FROM models o WHERE o.guild_id = models.guild_id AND o.id <> models.id AND o.archived_at IS NULL"
                " AND lower(o.name) = lower(models.name)) THEN NULL ELSE name END WHERE id = :id",
                {"id": model_id},
            )
            await self._database.insert("activations", values)
            self._database.announce(IN_USE_TOPIC)

    async def activations(self, guild_id: int, limit: int, kind: str | None = None) -> tuple[Activation, ...]:
        """The server's last switches, newest first; of one kind if it is named."""
        rows = await self._database.fetch_all(
            f"{_ACTIVATION} FROM activations a LEFT JOIN models m ON m.id = a.model_id"
            " WHERE a.guild_id = :guild_id AND (CAST(:kind AS TEXT) IS NULL OR a.kind = :kind) ORDER BY a.id DESC LIMIT :limit",
            {"guild_id": guild_id, "kind": kind, "limit": limit},
        )
        return tuple(Activation(**read_moments(row, "activated_at")) for row in rows)

    async def before(self, guild_id: int, kind: str, model_id: int | None) -> Activation | None:
        """The last switch of a kind to another model (None: the base) that is still usable."""
        row = await self._database.fetch_one(
            f"{_ACTIVATION} FROM activations a LEFT JOIN models m ON m.id = a.model_id"
            " WHERE a.guild_id = :guild_id AND a.kind = :kind AND COALESCE(a.model_id, 0) <> :current"
            " AND m.archived_at IS NULL AND m.lost_at IS NULL ORDER BY a.id DESC LIMIT 1",
            {"guild_id": guild_id, "kind": kind, "current": model_id or 0},
        )
        return Activation(**read_moments(row, "activated_at")) if row else None


def _model(row: Row) -> RegisteredModel:
    return RegisteredModel(**read_moments(row, "created_at", "archived_at", "lost_at"))
