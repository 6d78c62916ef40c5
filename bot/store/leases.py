"""Leases: whoever claims one has it for some seconds, and no other process has it meanwhile.

Moments are those of the database's clock, so the clocks of the machines need not agree.
"""

from dataclasses import dataclass

from bot.store.database import Database

POSTGRES_CLOCK = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"
OLD_SECONDS = 3600.0


@dataclass(frozen=True)
class Lease:
    """A lease as it stands. It is free where `left`, in seconds, is not above 0; then `note` is what its last owner left, if anything."""

    name: str
    owner: str
    left: float
    note: str | None

    @property
    def is_free(self) -> bool:
        """Whether anybody may claim it."""
        return self.left <= 0


class LeaseStore:
    """Each step is one statement, so of two processes at most one has its way."""

    def __init__(self, database: Database, clock: str = POSTGRES_CLOCK) -> None:
        """`clock` is SQL for the present moment in seconds."""
        self._database = database
        self._now = clock

    async def claim(self, name: str, owner: str, seconds: float, note: str | None = None) -> bool:
        """Take a lease that is free, or keep one's own; whether it is the owner's now.

        `note` is what the last owner left, as far as is known: the lease is not taken if it is another one. Nobody finds it after that.
        """
        row = await self._database.write(
            f"INSERT INTO leases (name, owner, until) VALUES (:name, :owner, {self._now} + :seconds)"  # noqa: S608  # ours
            " ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until, note = NULL"
            f" WHERE (leases.owner = excluded.owner OR leases.until <= {self._now}) AND COALESCE(leases.note, '') = :note"
            " RETURNING name",
            {"name": name, "owner": owner, "seconds": float(seconds), "note": note or ""},
        )
        return row is not None

    async def renew(self, owner: str, seconds: float) -> None:
        """Have everything that this owner has, and that has not run out, for so long from now."""
        await self._database.write(
            f"UPDATE leases SET until = {self._now} + :seconds WHERE owner = :owner AND until > {self._now}",  # noqa: S608
            {"owner": owner, "seconds": float(seconds)},
        )

    async def release(self, name: str, owner: str, note: str | None = None) -> None:
        """Let go of it, with a note for the next owner. Nothing happens where it is another's."""
        await self._database.write(
            f"UPDATE leases SET until = {self._now}, note = :note WHERE name = :name AND owner = :owner",  # noqa: S608  # ours
            {"name": name, "owner": owner, "note": note},
        )

    async def all(self) -> tuple[Lease, ...]:
        """Every lease that is or was, by name."""
        rows = await self._database.fetch_all(
            f"SELECT name, owner, until - {self._now} AS seconds, note FROM leases ORDER BY name"  # noqa: S608  # ours
        )
        return tuple(Lease(row["name"], row["owner"], row["seconds"], row["note"]) for row in rows)

    async def forget_old(self, prefix: str) -> None:
        """Delete those with this beginning that ran out an hour ago."""
        await self._database.write(
            f"DELETE FROM leases WHERE name LIKE :prefix || '%' AND until < {self._now} - :old",  # noqa: S608  # ours
            {"prefix": prefix, "old": OLD_SECONDS},
        )
