"""The ledger: a row for every request to a model, written before the request is sent and settled afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Literal

from bot.store.database import Database, Row, from_text

Outcome = Literal["unknown", "answered", "failed"]


@dataclass(frozen=True)
class Usage:
    """One request. `kind` is what it was for, `command` what the member used (the kind, where nobody did).

    `cost_nanodollars` is in billionths of a dollar, by the price list of the day `priced_on`; None: the price is not known. While the
    outcome is unknown, tokens and cost are upper bounds. `error` names the failure.
    """

    guild_id: int
    user_id: int
    kind: str
    command: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float
    created_at: datetime
    cached_tokens: int = 0
    cost_nanodollars: int | None = None
    priced_on: date | None = None
    outcome: Outcome = "answered"
    error: str | None = None


def total_cost(rows: Iterable[Usage]) -> int | None:
    """What they cost together, in billionths of a dollar; None if any cost is unknown."""
    costs = [row.cost_nanodollars for row in rows]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


COLUMNS = tuple(field.name for field in fields(Usage))
SETTLED = (
    "model",
    "prompt_tokens",
    "completion_tokens",
    "cached_tokens",
    "cost_nanodollars",
    "latency_ms",
    "outcome",
    "error",
)


class UsageStore:
    """Every request to a model, whatever it was for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, usage: Usage) -> int:
        """Write it down; returns its row id."""
        day = usage.priced_on.isoformat() if usage.priced_on else None
        row = await self._database.insert("usage", {**asdict(usage), "priced_on": day})
        if row is None:
            raise LookupError("an insert returned no row")
        return int(row["id"])

    async def settle(self, usage_id: int, usage: Usage) -> None:
        """Write down how a request ended."""
        await self._database.write(
            "UPDATE usage SET model = :model, prompt_tokens = :prompt_tokens, completion_tokens = :completion_tokens,"
            " cached_tokens = :cached_tokens, cost_nanodollars = :cost_nanodollars, latency_ms = :latency_ms,"
            " outcome = :outcome, error = :error WHERE id = :id",
            {"id": usage_id, **{name: value for name, value in asdict(usage).items() if name in SETTLED}},
        )

    async def remove(self, usage_id: int) -> None:
        """Forget a request that was never sent."""
        await self._database.write("DELETE FROM usage WHERE id = :id", {"id": usage_id})

    async def list(self, guild_id: int, kind: str, ids: Sequence[int]) -> tuple[Usage, ...]:
        """The guild's rows of this kind among these, oldest first."""
        names = {f"id_{place}": one for place, one in enumerate(ids)}
        rows = await self._database.fetch_all(
            f"SELECT {', '.join(COLUMNS)} FROM usage WHERE guild_id = :guild_id AND kind = :kind"  # noqa: S608 - names of ours
            f" AND id IN ({', '.join(f':{name}' for name in names)}) ORDER BY id",
            {"guild_id": guild_id, "kind": kind, **names},
        )
        return tuple(read_usage(row) for row in rows)


def read_usage(row: Row) -> Usage:
    """A row with at least these columns."""
    day = date.fromisoformat(row["priced_on"]) if row["priced_on"] else None
    values = {name: row[name] for name in COLUMNS}
    return Usage(**{**values, "created_at": from_text(row["created_at"]), "priced_on": day})
