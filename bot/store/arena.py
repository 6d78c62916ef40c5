"""The arena's rows: contestants, rounds and votes of a server."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row, from_text, read_moments, to_text

CHOICES = ("left", "right", "both_good", "both_bad", "skip")


@dataclass(frozen=True)
class Arena:
    """An open arena: a round closes after so many votes or minutes."""

    votes: int
    minutes: int


@dataclass(frozen=True)
class Contestant:
    """A model of the server, or with None the base with one of the server's prompts or the shipped one. `kind` is what it writes, `name`
    and `model` are the model's, `prompt` is the prompt's name and version."""

    id: int
    guild_id: int
    kind: str
    model_id: int | None
    model: str | None
    name: str | None
    lost_at: datetime | None
    prompt_id: int | None
    prompt: str | None


@dataclass(frozen=True)
class Round:
    """Two answers to a scenario. `probability` is that of choosing this pair, `votes` how many close it."""

    id: int
    guild_id: int
    scenario: str
    left_id: int
    right_id: int
    left_text: str
    right_text: str
    probability: float
    votes: int
    opened_by: int
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class CastVote:
    """A vote with the contestants that it is about."""

    user_id: int
    left_id: int
    right_id: int
    choice: str


@dataclass(frozen=True)
class ClosedRound:
    """A closed round, with who opened it, the votes for either answer and the number of all `votes` except skips."""

    scenario: str
    left_id: int
    right_id: int
    left_text: str
    right_text: str
    left: int
    right: int
    votes: int
    opened_by: int


_CONTESTANT = """
SELECT c.id, c.guild_id, c.kind, c.model_id, m.model, m.name, m.lost_at, c.prompt_id, p.name || ' v' || p.version AS prompt
FROM contestants c LEFT JOIN models m ON m.id = c.model_id LEFT JOIN prompts p ON p.id = c.prompt_id
WHERE c.guild_id = :guild_id AND m.archived_at IS NULL
"""


class ArenaStore:
    """Reads and writes are by guild, so that one never sees another's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, guild_id: int, arena: Arena, *, started_by: int, now: datetime) -> None:
        """Open the arena, or set it anew."""
        values = {"guild_id": guild_id, **vars(arena), "started_by": started_by, "started_at": now, "stopped_at": None}
        changes = ", ".join(f"{column} = excluded.{column}" for column in values if column != "guild_id")
        await self._database.insert("arenas", values, f"ON CONFLICT (guild_id) DO UPDATE SET {changes}")

    async def stop(self, guild_id: int, *, now: datetime) -> bool:
        """No more rounds are opened; False if the arena is not open."""
        row = await self._database.write(
            "UPDATE arenas SET stopped_at = :now WHERE guild_id = :guild_id AND stopped_at IS NULL RETURNING guild_id",
            {"guild_id": guild_id, "now": to_text(now)},
        )
        return row is not None

    async def arena(self, guild_id: int) -> Arena | None:
        """The server's arena, if it is open."""
        row = await self._database.fetch_one(
            "SELECT votes, minutes FROM arenas WHERE guild_id = :guild_id AND stopped_at IS NULL",
            {"guild_id": guild_id},
        )
        return Arena(**dict(row)) if row else None

    async def add(
        self,
        guild_id: int,
        kind: str,
        model_id: int | None,
        prompt_id: int | None = None,
        *,
        added_by: int,
        now: datetime,
    ) -> bool:
        """Add a contestant: a model, or the base with a prompt (None: the shipped one). False if it already takes part. A removed one that
        returns keeps its votes."""
        values = {"guild_id": guild_id, "kind": kind, "model_id": model_id, "prompt_id": prompt_id}
        by = {"added_by": added_by, "added_at": now}
        clause = (
            "ON CONFLICT (guild_id, kind, COALESCE(model_id, 0), COALESCE(prompt_id, 0)) DO UPDATE SET removed_at = NULL"
            " WHERE contestants.removed_at IS NOT NULL"
        )
        return await self._database.insert("contestants", values | by, clause) is not None

    async def invite(self, guild_id: int, *, added_by: int, now: datetime) -> None:
        """Add each model that has never taken part, and the base for the kinds that have a model, and for jokes. Removed ones stay out."""
        await self._database.write(
            "WITH usable AS (SELECT id, kind FROM models"
            " WHERE guild_id = :guild_id AND archived_at IS NULL AND lost_at IS NULL)"
            " INSERT INTO contestants (guild_id, kind, model_id, added_by, added_at)"
            " SELECT :guild_id, kind, id, :added_by, :now FROM"
            " (SELECT 'joke' AS kind, CAST(NULL AS BIGINT) AS id UNION SELECT kind, NULL FROM usable UNION ALL SELECT kind, id FROM usable)"
            " AS invited WHERE 1 = 1 ORDER BY COALESCE(id, 0), kind ON CONFLICT DO NOTHING",
            {"guild_id": guild_id, "added_by": added_by, "now": to_text(now)},
        )

    async def remove(self, guild_id: int, contestant_id: int, *, now: datetime) -> bool:
        """Let it no longer take part; its votes stay."""
        row = await self._database.write(
            "UPDATE contestants SET removed_at = :now WHERE id = :id AND guild_id = :guild_id AND removed_at IS NULL"
            " RETURNING id",
            {"id": contestant_id, "guild_id": guild_id, "now": to_text(now)},
        )
        return row is not None

    async def contestants(self, guild_id: int, kind: str | None = None) -> tuple[Contestant, ...]:
        """Those that take part now, of one kind or of both, in the order in which they came."""
        where = (
            f"{_CONTESTANT} AND c.removed_at IS NULL AND (CAST(:kind AS TEXT) IS NULL OR c.kind = :kind) ORDER BY c.id"
        )
        rows = await self._database.fetch_all(where, {"guild_id": guild_id, "kind": kind})
        return tuple(map(_contestant, rows))

    async def contestant(self, guild_id: int, contestant_id: int) -> Contestant | None:
        """One of the server's, also if it was removed."""
        row = await self._database.fetch_one(
            f"{_CONTESTANT.replace('AND m.archived_at IS NULL', '')} AND c.id = :id",
            {"guild_id": guild_id, "id": contestant_id},
        )
        return _contestant(row) if row else None

    async def open(self, new: Round) -> Round:
        """Store a round; its `id` is given here."""
        values = {name: value for name, value in vars(new).items() if name not in ("id", "closed_at")}
        row = await self._database.insert("rounds", values)
        if row is None:
            raise LookupError("an insert returned no row")
        return _round(row)

    async def round(self, guild_id: int, round_id: int) -> Round | None:
        """The server's round of that number."""
        values = {"guild_id": guild_id, "id": round_id}
        row = await self._database.fetch_one("SELECT * FROM rounds WHERE id = :id AND guild_id = :guild_id", values)
        return _round(row) if row else None

    async def close(self, round_id: int, *, now: datetime) -> bool:
        """No more votes are taken; False if it was closed already."""
        row = await self._database.write(
            "UPDATE rounds SET closed_at = :now WHERE id = :id AND closed_at IS NULL RETURNING id",
            {"id": round_id, "now": to_text(now)},
        )
        return row is not None

    async def overdue(self, now: datetime) -> tuple[Round, ...]:
        """Open rounds of all servers whose time is up, or of whose models one is lost."""
        rows = await self._database.fetch_all(
            "SELECT r.* FROM rounds r WHERE r.closed_at IS NULL AND (r.closes_at <= :now OR EXISTS ("
            "SELECT 1 FROM contestants c JOIN models m ON m.id = c.model_id"
            " WHERE c.id IN (r.left_id, r.right_id) AND m.lost_at IS NOT NULL)) ORDER BY r.id",
            {"now": to_text(now)},
        )
        return tuple(map(_round, rows))

    async def next_end(self) -> datetime | None:
        """When the time of the next open round is up."""
        row = await self._database.fetch_one("SELECT MIN(closes_at) AS at FROM rounds WHERE closed_at IS NULL")
        return from_text(row["at"]) if row and row["at"] else None

    async def vote(self, round_id: int, user_id: int, choice: str, *, now: datetime) -> bool:
        """Record a member's one vote on a round; False if there is one already."""
        values = {"round_id": round_id, "user_id": user_id, "choice": choice, "created_at": now}
        return await self._database.insert("round_votes", values, "ON CONFLICT DO NOTHING") is not None

    async def tally(self, round_id: int) -> dict[str, int]:
        """How many members chose what."""
        rows = await self._database.fetch_all(
            "SELECT choice, COUNT(*) AS votes FROM round_votes WHERE round_id = :id GROUP BY choice", {"id": round_id}
        )
        return {row["choice"]: row["votes"] for row in rows}

    async def votes(self, guild_id: int, kind: str) -> tuple[CastVote, ...]:
        """All votes of the server on contestants of this kind but skips, oldest first."""
        rows = await self._database.fetch_all(
            "SELECT v.user_id, r.left_id, r.right_id, v.choice FROM round_votes v JOIN rounds r ON r.id = v.round_id"
            " JOIN contestants c ON c.id = r.left_id WHERE r.guild_id = :guild_id AND c.kind = :kind AND v.choice <> 'skip'"
            " ORDER BY v.created_at, v.round_id, v.user_id",
            {"guild_id": guild_id, "kind": kind},
        )
        return tuple(CastVote(*row) for row in rows)

    async def closed_rounds(self, guild_id: int, kind: str) -> tuple[ClosedRound, ...]:
        """The server's closed rounds of this kind that have votes, oldest first, but for those that a member asked to forget."""
        rows = await self._database.fetch_all(
            "SELECT r.scenario, r.left_id, r.right_id, r.left_text, r.right_text,"
            " SUM(CASE WHEN v.choice = 'left' THEN 1 ELSE 0 END), SUM(CASE WHEN v.choice = 'right' THEN 1 ELSE 0 END), COUNT(*), r.opened_by"
            " FROM rounds r JOIN round_votes v ON v.round_id = r.id JOIN contestants c ON c.id = r.left_id"
            " WHERE r.guild_id = :guild_id AND c.kind = :kind AND r.closed_at IS NOT NULL AND v.choice <> 'skip' AND r.scenario <> ''"
            " GROUP BY r.id, r.scenario, r.left_id, r.right_id, r.left_text, r.right_text, r.opened_by ORDER BY r.id",
            {"guild_id": guild_id, "kind": kind},
        )
        return tuple(ClosedRound(*row) for row in rows)


def _contestant(row: Row) -> Contestant:
    return Contestant(**read_moments(row, "lost_at"))


def _round(row: Row) -> Round:
    return Round(**read_moments(row, "opened_at", "closes_at", "closed_at"))
