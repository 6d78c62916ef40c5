"""The ledger: a row for every request to a model, written before the request is sent and settled afterwards."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Literal

from bot.store.database import Database, Row, from_text, to_text

Outcome = Literal["unknown", "answered", "failed"]


@dataclass(frozen=True)
class Usage:
    """One request. `kind` is what it was for, `command` what the member used (the kind, where nobody did).

    `cost_nanodollars` is in billionths of a dollar, by the price list of the day `priced_on`; None: the price is not known. While the
    outcome is unknown, tokens and cost are upper bounds. `error` names the failure. `interaction_id` is None for what nobody waits for.
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
    interaction_id: int | None = None


@dataclass(frozen=True)
class Spent:
    """What was used since the start of a day and of a month: answers, and billionths of a dollar, reserved ones included.

    An answer is what one interaction gave. `last_at` is when the last one was asked for, None if that is more than a day ago.
    """

    daily_answers: int
    monthly_answers: int
    daily_nanodollars: int
    monthly_nanodollars: int
    last_at: datetime | None


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
ANOTHER = "outcome <> 'failed' AND interaction_id <> :interaction_id"
SPENT = (
    f"SELECT COUNT(DISTINCT CASE WHEN :answers = 1 AND {ANOTHER} AND created_at >= :day THEN interaction_id END) AS daily_answers,"  # noqa: S608 - ours
    f" COUNT(DISTINCT CASE WHEN :answers = 1 AND {ANOTHER} AND created_at >= :month THEN interaction_id END) AS monthly_answers,"
    " COALESCE(SUM(CASE WHEN created_at >= :day THEN cost_nanodollars END), 0) AS daily_nanodollars,"
    " COALESCE(SUM(CASE WHEN created_at >= :month THEN cost_nanodollars END), 0) AS monthly_nanodollars,"
    f" MAX(CASE WHEN {ANOTHER} THEN created_at END) AS last_at"
    " FROM usage WHERE guild_id = :guild_id AND created_at >= :since"
)
MEMBERS = " AND user_id = :user_id AND interaction_id IS NOT NULL"


class UsageStore:
    """Every request to a model, whatever it was for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, usage: Usage) -> int:
        """Write it down; returns its row id."""
        day = usage.priced_on.isoformat() if usage.priced_on else None
        row = await self._database.insert("usage", {**vars(usage), "priced_on": day})
        if row is None:
            raise LookupError("an insert returned no row")
        return int(row["id"])

    async def settle(self, usage_id: int, usage: Usage) -> None:
        """Write down how a request ended."""
        await self._database.write(
            "UPDATE usage SET model = :model, prompt_tokens = :prompt_tokens, completion_tokens = :completion_tokens,"
            " cached_tokens = :cached_tokens, cost_nanodollars = :cost_nanodollars, latency_ms = :latency_ms,"
            " outcome = :outcome, error = :error WHERE id = :id",
            {"id": usage_id, **{name: getattr(usage, name) for name in SETTLED}},
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

    async def spent(
        self,
        guild_id: int,
        user_id: int | None,
        interaction_id: int | None,
        *,
        now: datetime,
        day: datetime,
        month: datetime,
        answers: bool,
    ) -> Spent:
        """What a member, or with None the whole server, has used before this interaction, whose earlier requests count as money and not
        as answers; what a member did not wait for counts for the server alone. Answers are counted on demand: that takes most of the time."""
        row = await self._database.fetch_one(
            SPENT + (MEMBERS if user_id is not None else ""),
            {
                "guild_id": guild_id,
                "user_id": user_id,
                "interaction_id": interaction_id or 0,
                "answers": int(answers),
                "day": to_text(day),
                "month": to_text(month),
                "since": to_text(min(month, now - timedelta(days=1))),
            },
        )
        if row is None:
            raise LookupError("a sum returned no row")
        return Spent(**{**dict(row), "last_at": from_text(row["last_at"]) if row["last_at"] else None})


def read_usage(row: Row) -> Usage:
    """A row with at least these columns."""
    day = date.fromisoformat(row["priced_on"]) if row["priced_on"] else None
    values = {name: row[name] for name in COLUMNS}
    return Usage(**{**values, "created_at": from_text(row["created_at"]), "priced_on": day})
