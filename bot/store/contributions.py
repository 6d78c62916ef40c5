"""Contributions: the texts, what members agreed to, and which datasets contain them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from bot.store.database import Database, Row, read_moments, to_text

Pair = tuple[str, str]  # scenario and punchline


class State(StrEnum):
    """The state of a contribution. Changed: accepted with edits. Dropped: accepted, then removed from the draft."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class NewContribution:
    """`consent` is the text that the member agreed to; it names `draft` and `model_server`. Equal texts have the same `text_key`."""

    guild_id: int
    user_id: int
    draft_id: int
    draft: str
    kind: str
    model_server: str
    consent: str
    text_key: str
    created_at: datetime


@dataclass(frozen=True)
class Contribution:
    """A stored contribution. `texts` is the original, then each edit. `draft_id` is None once the draft is deleted."""

    id: int
    guild_id: int
    user_id: int
    draft_id: int | None
    draft: str
    kind: str
    model_server: str
    consent: str
    texts: tuple[Pair, ...]
    state: State
    reason: str | None
    created_at: datetime

    @property
    def pair(self) -> Pair:
        """The current scenario and punchline."""
        return self.texts[-1]


class WithdrawnError(Exception):
    """A dataset to be saved contains what was withdrawn meanwhile."""


_OWN = "c.guild_id = :guild_id AND c.user_id = :user_id AND c.withdrawn_at IS NULL"
_WAITING = "c.guild_id = :guild_id AND c.state = 'waiting' AND c.draft_id IS NOT NULL"
_SAME_CONTENT = (
    "INSERT INTO dataset_contributions (dataset_id, contribution_id) SELECT DISTINCT n.id, l.contribution_id"
    " FROM datasets n JOIN datasets d ON d.guild_id = n.guild_id AND n.sha256 IN (d.sha256, d.validation_sha256)"
    " JOIN dataset_contributions l ON l.dataset_id = d.id JOIN contributions c ON c.id = l.contribution_id"
    " WHERE n.id = :id AND c.withdrawn_at IS NULL ON CONFLICT DO NOTHING"
)


class ContributionStore:
    """Contributions by server. Callers put related writes into one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: NewContribution, pair: Pair) -> Contribution | None:
        """The stored contribution, waiting; None if the member already gave the same one for this draft."""
        values = {**asdict(new), "texts": _packed([pair]), "state": State.WAITING}
        row = await self._database.insert("contributions", values, "ON CONFLICT DO NOTHING")
        return _contribution(row) if row else None

    async def get(self, guild_id: int, contribution_id: int) -> Contribution | None:
        """The server's contribution with that number, even if withdrawn."""
        return await self._first("c.guild_id = :guild_id AND c.id = :id", guild_id=guild_id, id=contribution_id)

    async def own(self, guild_id: int, user_id: int, contribution_id: int) -> Contribution | None:
        """The member's own contribution with that number, unless withdrawn."""
        return await self._first(f"{_OWN} AND c.id = :id", guild_id=guild_id, user_id=user_id, id=contribution_id)

    async def next_own(self, guild_id: int, user_id: int, before: int | None) -> Contribution | None:
        """The member's newest contribution, or the newest with a lower number; withdrawn ones are skipped."""
        where = f"{_OWN} AND (CAST(:before AS BIGINT) IS NULL OR c.id < :before) ORDER BY c.id DESC"
        return await self._first(where, guild_id=guild_id, user_id=user_id, before=before)

    async def next_waiting(self, guild_id: int, after: int) -> Contribution | None:
        """The first waiting contribution with a larger number whose draft still exists."""
        return await self._first(f"{_WAITING} AND c.id > :after ORDER BY c.id", guild_id=guild_id, after=after)

    async def all_own(self, guild_id: int, user_id: int) -> tuple[Contribution, ...]:
        """The member's contributions here, oldest first, but for withdrawn ones."""
        rows = await self._database.fetch_all(
            f"SELECT c.* FROM contributions c WHERE {_OWN} ORDER BY c.id",  # noqa: S608  # our own SQL
            {"guild_id": guild_id, "user_id": user_id},
        )
        return tuple(map(_contribution, rows))

    async def count_own(self, guild_id: int, user_id: int, until: int | None = None) -> int:
        """How many contributions the member has here; with `until` only that one and newer ones."""
        where = f"{_OWN} AND (CAST(:until AS BIGINT) IS NULL OR c.id >= :until)"
        return await self._count(where, guild_id=guild_id, user_id=user_id, until=until)

    async def count_waiting(self, guild_id: int, user_id: int | None = None) -> int:
        """How many are waiting in the server, or from one member."""
        where = f"{_WAITING} AND (CAST(:user_id AS BIGINT) IS NULL OR c.user_id = :user_id)"
        return await self._count(where, guild_id=guild_id, user_id=user_id)

    async def judge(
        self, contribution_id: int, state: State, *, reason: str | None = None, judged_by: int, now: datetime
    ) -> None:
        """Store an admin's decision."""
        await self._database.write(
            "UPDATE contributions SET state = :state, reason = :reason, judged_by = :judged_by, judged_at = :now WHERE id = :id",
            {"id": contribution_id, "state": state, "reason": reason, "judged_by": judged_by, "now": to_text(now)},
        )

    async def change(self, contribution: Contribution, pair: Pair) -> None:
        """Store an edited text. Earlier texts stay, so that a withdrawal finds all of them."""
        await self._database.write(
            "UPDATE contributions SET texts = :texts, state = 'changed' WHERE id = :id",
            {"id": contribution.id, "texts": _packed([*contribution.texts, pair])},
        )

    async def drop(self, contribution_id: int) -> None:
        """An admin removed it from the draft."""
        await self._database.write(
            "UPDATE contributions SET state = 'dropped' WHERE id = :id AND withdrawn_at IS NULL",
            {"id": contribution_id},
        )

    async def withdraw(self, contribution_id: int, *, now: datetime) -> None:
        """Delete its texts and its example in the draft."""
        await self._database.write("DELETE FROM draft_examples WHERE contribution_id = :id", {"id": contribution_id})
        await self._database.write(
            "UPDATE contributions SET texts = '[]', text_key = NULL, reason = NULL, state = 'withdrawn', withdrawn_at = :now"
            " WHERE id = :id",
            {"id": contribution_id, "now": to_text(now)},
        )

    async def link(self, dataset_id: int, held: Iterable[int]) -> None:
        """Store which contributions a new dataset contains, including those of the server's datasets with the same content.

        Raises `WithdrawnError` if one of `held` was withdrawn; then the transaction must not be committed.
        """
        for contribution_id in held:
            row = await self._database.write(
                "INSERT INTO dataset_contributions (dataset_id, contribution_id)"
                " SELECT :dataset_id, id FROM contributions WHERE id = :id AND withdrawn_at IS NULL RETURNING dataset_id",
                {"dataset_id": dataset_id, "id": contribution_id},
            )
            if row is None:
                raise WithdrawnError
        await self._database.write(_SAME_CONTENT, {"id": dataset_id})

    async def held_by(self, dataset_id: int) -> tuple[int, ...]:
        """The numbers of the contributions in a dataset."""
        rows = await self._database.fetch_all(
            "SELECT contribution_id FROM dataset_contributions WHERE dataset_id = :id ORDER BY contribution_id",
            {"id": dataset_id},
        )
        return tuple(row["contribution_id"] for row in rows)

    async def in_draft(self, draft_id: int) -> tuple[int, ...]:
        """The numbers of the contributions in a draft."""
        rows = await self._database.fetch_all(
            "SELECT contribution_id FROM draft_examples WHERE draft_id = :id AND contribution_id IS NOT NULL ORDER BY id",
            {"id": draft_id},
        )
        return tuple(row["contribution_id"] for row in rows)

    async def _first(self, where: str, **values: int | None) -> Contribution | None:
        row = await self._database.fetch_one(f"SELECT c.* FROM contributions c WHERE {where} LIMIT 1", values)  # noqa: S608  # our own SQL
        return _contribution(row) if row else None

    async def _count(self, where: str, **values: int | None) -> int:
        row = await self._database.fetch_one(f"SELECT COUNT(*) AS count FROM contributions c WHERE {where}", values)  # noqa: S608  # our own SQL
        return int(row["count"]) if row else 0


def _packed(texts: Iterable[Pair]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)


def _contribution(row: Row) -> Contribution:
    values = read_moments(row, "created_at")
    for unread in ("text_key", "judged_by", "judged_at", "withdrawn_at"):
        del values[unread]
    texts = tuple((scenario, punchline) for scenario, punchline in json.loads(values.pop("texts")))
    return Contribution(**{**values, "texts": texts, "state": State(values["state"])})
