"""What members gave for training, with what they agreed to, and which datasets hold it."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from bot.store.database import Database, Row, read_moments, to_text

Pair = tuple[str, str]  # scenario and punchline


class State(StrEnum):
    """What became of a contribution. A changed one was accepted with other words; a dropped one was taken out of the draft again."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    CHANGED = "changed"
    REJECTED = "rejected"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class NewContribution:
    """`draft` and `model_server` are named in `consent`, which is what the member read. `text_key` is the same for equal texts."""

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
    """One that is stored; `texts` is what was given, then each change, and `draft_id` None once the draft is deleted."""

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
        """Scenario and punchline as they stand now."""
        return self.texts[-1]


class WithdrawnError(Exception):
    """A dataset was about to be saved with a contribution that was withdrawn meanwhile."""


_OWN = "c.guild_id = :guild_id AND c.user_id = :user_id AND c.withdrawn_at IS NULL"
_WAITING = "c.guild_id = :guild_id AND c.state = 'waiting' AND c.draft_id IS NOT NULL"
_SAME_CONTENT = (
    "INSERT INTO dataset_contributions (dataset_id, contribution_id) SELECT DISTINCT n.id, l.contribution_id"
    " FROM datasets n JOIN datasets d ON d.guild_id = n.guild_id AND n.sha256 IN (d.sha256, d.validation_sha256)"
    " JOIN dataset_contributions l ON l.dataset_id = d.id JOIN contributions c ON c.id = l.contribution_id"
    " WHERE n.id = :id AND c.withdrawn_at IS NULL ON CONFLICT DO NOTHING"
)


class ContributionStore:
    """Contributions by server. Whatever belongs together is written in the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, new: NewContribution, pair: Pair) -> Contribution | None:
        """The stored contribution, waiting; None if the member gave the same for the same draft before."""
        values = {**asdict(new), "texts": _packed([pair]), "state": State.WAITING}
        row = await self._database.insert("contributions", values, "ON CONFLICT DO NOTHING")
        return _contribution(row) if row else None

    async def get(self, guild_id: int, contribution_id: int) -> Contribution | None:
        """The server's contribution of that number, also a withdrawn one."""
        return await self._first("c.guild_id = :guild_id AND c.id = :id", guild_id=guild_id, id=contribution_id)

    async def own(self, guild_id: int, user_id: int, contribution_id: int) -> Contribution | None:
        """The member's own of that number, unless it was withdrawn."""
        return await self._first(f"{_OWN} AND c.id = :id", guild_id=guild_id, user_id=user_id, id=contribution_id)

    async def next_own(self, guild_id: int, user_id: int, before: int | None) -> Contribution | None:
        """The member's newest, or the newest with a lower number, of those that were not withdrawn."""
        where = f"{_OWN} AND (:before IS NULL OR c.id < :before) ORDER BY c.id DESC"
        return await self._first(where, guild_id=guild_id, user_id=user_id, before=before)

    async def next_waiting(self, guild_id: int, after: int) -> Contribution | None:
        """The first with a larger number that waits for a draft that is still there."""
        return await self._first(f"{_WAITING} AND c.id > :after ORDER BY c.id", guild_id=guild_id, after=after)

    async def count_own(self, guild_id: int, user_id: int, until: int | None = None) -> int:
        """How many the member has here; with `until` those that are shown up to that number, newest first."""
        where = f"{_OWN} AND (:until IS NULL OR c.id >= :until)"
        return await self._count(where, guild_id=guild_id, user_id=user_id, until=until)

    async def count_waiting(self, guild_id: int, user_id: int | None = None) -> int:
        """How many wait in the server, or those of one member."""
        where = f"{_WAITING} AND (:user_id IS NULL OR c.user_id = :user_id)"
        return await self._count(where, guild_id=guild_id, user_id=user_id)

    async def judge(
        self, contribution_id: int, state: State, *, reason: str | None = None, judged_by: int, now: datetime
    ) -> None:
        """Write down what an admin decided."""
        await self._database.write(
            "UPDATE contributions SET state = :state, reason = :reason, judged_by = :judged_by, judged_at = :now WHERE id = :id",
            {"id": contribution_id, "state": state, "reason": reason, "judged_by": judged_by, "now": to_text(now)},
        )

    async def change(self, contribution: Contribution, pair: Pair) -> None:
        """It has other words now; what it was stays beside them, to be found again when it is withdrawn."""
        await self._database.write(
            "UPDATE contributions SET texts = :texts, state = 'changed' WHERE id = :id",
            {"id": contribution.id, "texts": _packed([*contribution.texts, pair])},
        )

    async def drop(self, contribution_id: int) -> None:
        """It was taken out of the draft."""
        await self._database.write(
            "UPDATE contributions SET state = 'dropped' WHERE id = :id AND withdrawn_at IS NULL",
            {"id": contribution_id},
        )

    async def withdraw(self, contribution_id: int, *, now: datetime) -> None:
        """Wipe its texts, and delete its example from the draft."""
        await self._database.write("DELETE FROM draft_examples WHERE contribution_id = :id", {"id": contribution_id})
        await self._database.write(
            "UPDATE contributions SET texts = '[]', text_key = NULL, reason = NULL, state = 'withdrawn', withdrawn_at = :now"
            " WHERE id = :id",
            {"id": contribution_id, "now": to_text(now)},
        )

    async def link(self, dataset_id: int, held: Iterable[int]) -> None:
        """Write down what a new dataset holds, and what other datasets of the server with the same content hold.

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
        """The numbers of those that a dataset holds."""
        rows = await self._database.fetch_all(
            "SELECT contribution_id FROM dataset_contributions WHERE dataset_id = :id ORDER BY contribution_id",
            {"id": dataset_id},
        )
        return tuple(row["contribution_id"] for row in rows)

    async def in_draft(self, draft_id: int) -> tuple[int, ...]:
        """The numbers of those that a draft holds now."""
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
