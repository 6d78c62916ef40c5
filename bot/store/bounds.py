"""What grows with use, and how far: the oldest rows beyond a bound are found here, and deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.store.database import Database

MAX_ANSWERS, MAX_MESSAGES, MAX_QUOTES = 20_000, 1_000, 100  # in a server
MAX_EVENTS = 2_000  # of a job
MAX_VECTOR_BYTES = 1024**3  # of all servers
BATCH = 500  # rows in one transaction, which others wait for
BYTES_A_VALUE = 4  # vectors are float32

Key = Mapping[str, object]


@dataclass(frozen=True)
class Bound:
    """A table that keeps `most` rows of each owner. `ranked` gives each row's id and its place, the first to stay being 1."""

    table: str
    most: int
    ranked: str


# What members voted for or chose goes last. What a message's row is still needed for stays whatever its place: it waits for Discord.
BOUNDS = (
    Bound(
        "generations",
        MAX_ANSWERS,
        "SELECT g.id, ROW_NUMBER() OVER (PARTITION BY u.guild_id ORDER BY"
        " EXISTS (SELECT 1 FROM votes v WHERE v.generation_id = g.id)"
        " OR EXISTS (SELECT 1 FROM chosen_slogans c WHERE c.generation_id = g.id) DESC, g.id DESC) AS place"
        " FROM generations g JOIN usage u ON u.id = g.usage_id",
    ),
    Bound(
        "outbox",
        MAX_MESSAGES,
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY guild_id ORDER BY id DESC) AS place FROM outbox"
        " WHERE delivered_revision >= revision",
    ),
    Bound(
        "job_events",
        MAX_EVENTS,
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY job_id ORDER BY id DESC) AS place FROM job_events",
    ),
    Bound(
        "quotes",
        MAX_QUOTES,
        "SELECT id, ROW_NUMBER() OVER (PARTITION BY guild_id ORDER BY id DESC) AS place FROM quotes q"
        " WHERE NOT EXISTS (SELECT 1 FROM jobs j WHERE j.quote_id = q.id)",
    ),
)
TABLES = ("generations", "outbox", "job_events", "usage")
OLDEST_VECTORS = (
    "SELECT guild_id, model, dimensions, text_hash FROM embeddings"
    " ORDER BY created_at, guild_id, model, dimensions, text_hash LIMIT :batch"
)


@dataclass(frozen=True)
class Growth:
    """Rows of the tables that grow fastest, and the bytes of all vectors."""

    rows: Mapping[str, int]
    vector_bytes: int


class BoundStore:
    """Deletes in small transactions, so that no command waits for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prune(self, bound: Bound) -> int:
        """Delete what is beyond the bound; returns how many rows."""
        ranked = f"SELECT id FROM ({bound.ranked}) AS ranked WHERE place > :most ORDER BY id"  # noqa: S608  # ours
        found = await self._database.fetch_long(ranked, {"most": bound.most})
        await self._delete(bound.table, [dict(row) for row in found])
        return len(found)

    async def prune_vectors(self, most_bytes: int = MAX_VECTOR_BYTES) -> int:
        """Delete the oldest vectors until the rest fits; returns how many. They can be had again from the model server."""
        surplus, deleted = await self._vector_bytes() - most_bytes, 0
        while surplus > 0:
            oldest: list[Key] = []
            for row in await self._database.fetch_all(OLDEST_VECTORS, {"batch": BATCH}):
                if surplus > 0:
                    surplus -= row["dimensions"] * BYTES_A_VALUE
                    oldest.append(dict(row))
            await self._delete("embeddings", oldest)
            deleted += len(oldest)
        return deleted

    async def growth(self) -> Growth:
        """How large everything is now."""
        counts = ", ".join(f"(SELECT COUNT(*) FROM {table}) AS {table}" for table in TABLES)  # noqa: S608  # ours
        (row,) = await self._database.fetch_all(f"SELECT {counts}")
        return Growth(dict(row), await self._vector_bytes())

    async def _vector_bytes(self) -> int:
        (row,) = await self._database.fetch_all("SELECT COALESCE(SUM(dimensions), 0) AS numbers FROM embeddings")
        return int(row["numbers"]) * BYTES_A_VALUE

    async def _delete(self, table: str, keys: Sequence[Key]) -> None:
        for start in range(0, len(keys), BATCH):
            async with self._database.transaction():
                for key in keys[start : start + BATCH]:
                    marks = " AND ".join(f"{name} = :{name}" for name in key)
                    await self._database.write(f"DELETE FROM {table} WHERE {marks}", dict(key))  # noqa: S608  # names of ours
