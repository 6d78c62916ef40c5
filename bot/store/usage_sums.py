"""What the ledger adds up to, and its rows a page at a time."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Literal, TypeAlias

from bot.store.database import Database, Row, to_text
from bot.store.usage import COLUMNS, Usage, read_usage

Split: TypeAlias = Literal["command", "user_id", "model"]

# One wrong count of a model server's may be near the largest number that a column holds. So sums are made of two halves.
HALF = 2**32


@dataclass(frozen=True)
class Sum:
    """Some requests together. They were `answered`, `failed`, or their end is `unknown`. Costs are in billionths of a dollar.

    `unpriced` of them have no known price and are in no cost; `unbilled` ran where nobody sends a bill. `bound_nanodollars` is the part
    of the cost that belongs to unknown outcomes, which is the most that they can cost; their tokens are bounds, too.
    """

    requests: int
    answered: int
    failed: int
    unknown: int
    unpriced: int
    unbilled: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_nanodollars: int
    bound_nanodollars: int


@dataclass(frozen=True)
class Group:
    """The requests that have a command, a member (by id), a model or a day (as `2026-11-22`, in UTC) in common."""

    name: str
    sum: Sum


@dataclass(frozen=True)
class Groups:
    """The largest groups of one split, the most expensive first, and how many `others` there are."""

    shown: tuple[Group, ...]
    others: int


@dataclass(frozen=True)
class Sums:
    """All of one moment: each split adds up to the days. Days without a request are left out."""

    days: tuple[Group, ...]
    splits: dict[Split, Groups]


@dataclass(frozen=True)
class Place:
    """Where a row stands among all, by age."""

    created_at: str
    id: int


PARTS = tuple(field.name for field in fields(Sum))
COUNTED = {
    "requests": "1",
    "answered": "CASE WHEN outcome = 'answered' THEN 1 ELSE 0 END",
    "failed": "CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END",
    "unknown": "CASE WHEN outcome = 'unknown' THEN 1 ELSE 0 END",
    "unpriced": "CASE WHEN cost_nanodollars IS NULL THEN 1 ELSE 0 END",
    "unbilled": "CASE WHEN cost_nanodollars = 0 AND priced_on IS NULL THEN 1 ELSE 0 END",
}
ADDED = {
    "prompt_tokens": "prompt_tokens",
    "cached_tokens": "cached_tokens",
    "completion_tokens": "completion_tokens",
    "cost_nanodollars": "COALESCE(cost_nanodollars, 0)",
    "bound_nanodollars": "(CASE outcome WHEN 'unknown' THEN COALESCE(cost_nanodollars, 0) ELSE 0 END)",
}

_IN_PERIOD = "guild_id = :guild_id AND created_at >= :since AND created_at < :until"
_OLDER = "guild_id = :guild_id AND created_at >= :since AND (created_at, id) < (:created_at, :id)"


class UsageSums:
    """Reads what `UsageStore` wrote; of one server, and of one member of it where `user_id` is given. `until` is not included."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()

    async def sums(
        self,
        guild_id: int,
        user_id: int | None,
        since: datetime,
        until: datetime,
        splits: Sequence[Split],
        most: int,
    ) -> Sums:
        """By day, and the `most` largest groups of each split."""
        sql = sums_sql(splits, one_member=user_id is not None)
        values = {"guild_id": guild_id, "user_id": user_id, "most": most}
        async with self._turn:  # so that many who ask at once take one processor
            rows = await self._database.fetch_long(sql, {**values, "since": to_text(since), "until": to_text(until)})
        found: dict[str, list[Group]] = {split: [] for split in ("day", *splits)}
        counted: dict[str, int] = {}
        for row in rows:
            found[row["split"]].append(Group(str(row["name"]), _sum(row)))
            counted[row["split"]] = row["groups"]
        return Sums(
            tuple(sorted(found["day"], key=lambda day: day.name)),
            {split: _largest_first(found[split], counted.get(split, 0)) for split in splits},
        )

    async def page(
        self, guild_id: int, since: datetime, until: datetime, after: Place | None, count: int
    ) -> tuple[tuple[Place, Usage], ...]:
        """The next rows, newest first."""
        values = {"guild_id": guild_id, "since": to_text(since), **_older_than(after, until), "count": count}
        rows = await self._database.fetch_all(page_sql(), values)
        return tuple((Place(row["created_at"], row["id"]), read_usage(row)) for row in rows)

    async def count(self, guild_id: int, since: datetime, until: datetime, after: Place | None) -> int:
        """How many rows come after one."""
        row = await self._database.fetch_one(
            f"SELECT COUNT(*) AS rows FROM usage WHERE {_OLDER}",  # noqa: S608 - our own SQL
            {"guild_id": guild_id, "since": to_text(since), **_older_than(after, until)},
        )
        return int(row["rows"]) if row else 0


def together(sums: Iterable[Sum]) -> Sum:
    """All of them as one."""
    rows = [asdict(one) for one in sums]
    return Sum(**{part: sum(row[part] for row in rows) for part in PARTS})


def without(whole: Sum, some: Sum) -> Sum:
    """What is left of it."""
    return Sum(**{part: getattr(whole, part) - getattr(some, part) for part in PARTS})


def sums_sql(splits: Sequence[Split], *, one_member: bool) -> str:
    """One statement, so that all parts see the same rows."""
    where = f"{_IN_PERIOD} AND user_id = :user_id" if one_member else _IN_PERIOD
    counted = ", ".join(f"SUM({what}) AS {part}" for part, what in COUNTED.items())
    halves = ", ".join(
        f"SUM({what} / {HALF}) AS {part}_high, SUM({what} % {HALF}) AS {part}_low" for part, what in ADDED.items()
    )
    counted = f"{counted}, {halves}"
    arms = [_arm("day", "substr(created_at, 1, 10)", counted, where, "")]
    cost = "COALESCE(SUM(CAST(cost_nanodollars AS DOUBLE PRECISION)), 0)"
    largest = f" ORDER BY {cost} DESC, COUNT(*) DESC, name LIMIT :most"
    arms += [_arm(split, f"CAST({split} AS TEXT)", counted, where, largest) for split in splits]
    return " UNION ALL ".join(arms)


def _arm(split: str, name: str, counted: str, where: str, order: str) -> str:
    grouped = f"SELECT '{split}' AS split, {name} AS name, COUNT(*) OVER () AS groups, {counted} FROM usage"  # noqa: S608
    return f"SELECT * FROM ({grouped} WHERE {where} GROUP BY {name}{order}) AS {split}_sums"  # noqa: S608 - our own SQL


def page_sql() -> str:
    """Pages by their last row: rows that are added meanwhile are newer and shift nothing."""
    columns = ", ".join(("id", *COLUMNS))
    return f"SELECT {columns} FROM usage WHERE {_OLDER} ORDER BY created_at DESC, id DESC LIMIT :count"  # noqa: S608


def _older_than(after: Place | None, until: datetime) -> dict[str, object]:
    return asdict(after or Place(to_text(until), 0))  # rows are numbered from 1


def _sum(row: Row) -> Sum:
    added = {part: row[f"{part}_high"] * HALF + row[f"{part}_low"] for part in ADDED}
    return Sum(**{part: row[part] for part in COUNTED}, **added)


def _largest_first(groups: Sequence[Group], counted: int) -> Groups:
    def place(group: Group) -> tuple[int, int, str]:
        return -group.sum.cost_nanodollars, -group.sum.requests, group.name

    return Groups(tuple(sorted(groups, key=place)), counted - len(groups))
