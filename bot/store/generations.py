"""Jokes and slogans that were shown, and the votes on them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.model_server.completion import Completion
from bot.store.database import Database, Row, from_text, to_text


@dataclass(frozen=True)
class Generation:
    """One answered request. `request` holds what was asked, by option name; `completion` is the server's whole answer as JSON."""

    id: int
    guild_id: int
    user_id: int
    kind: str
    request: Mapping[str, object]
    texts: tuple[str, ...]
    model: str
    fine_tuned: bool
    prompt_tokens: int
    completion_tokens: int
    cost_nanodollars: int | None
    latency_ms: float
    completion: str
    created_at: datetime

    @property
    def drawn(self) -> int:
        """How many answers the server gave, of which `texts` were shown."""
        return len(json.loads(self.completion).get("choices") or ())


@dataclass(frozen=True)
class VotedJoke:
    """A joke, and how many members found it funny or not."""

    scenario: str
    text: str
    funny: int
    flat: int


@dataclass(frozen=True)
class Tally:
    """How many members found a joke funny, and how many did not."""

    funny: int
    flat: int


SELECT = """
SELECT g.id, u.guild_id, u.user_id, u.kind, g.request, g.texts, u.model, g.fine_tuned,
       u.prompt_tokens, u.completion_tokens, u.cost_nanodollars, u.latency_ms, g.completion, u.created_at
FROM generations g JOIN usage u ON u.id = g.usage_id
"""


class GenerationStore:
    """Generations of every guild; reads are by guild, so that one never sees another's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        usage_id: int,
        asked: str,
        request: Mapping[str, object],
        completion: Completion,
        *,
        fine_tuned: bool,
        channel_id: int | None = None,
    ) -> int:
        """Store a completion whose usage is recorded already; returns the generation's id. `channel_id` is where it was asked for."""
        row = await self._database.insert(
            "generations",
            {
                "usage_id": usage_id,
                "asked": asked,
                "request": json.dumps(request, ensure_ascii=False),
                "texts": json.dumps(completion.texts, ensure_ascii=False),
                "fine_tuned": int(fine_tuned),
                "completion": completion.raw_json,
                "channel_id": channel_id,
            },
        )
        if row is None:
            raise LookupError("an insert returned no row")
        return int(row["id"])

    async def texts(self, guild_id: int, kind: str, asked: str) -> frozenset[str]:
        """All that the guild was shown for one scenario or description."""
        rows = await self._database.fetch_all(
            "SELECT DISTINCT g.texts FROM generations g JOIN usage u ON u.id = g.usage_id"
            " WHERE g.asked = :asked AND u.guild_id = :guild_id AND u.kind = :kind",
            {"asked": asked, "guild_id": guild_id, "kind": kind},
        )
        return frozenset(text for row in rows for text in json.loads(row["texts"]))

    async def asked_before(
        self, guild_id: int, channel_id: int, kind: str, moment: datetime, limit: int
    ) -> tuple[str, ...]:
        """What was asked for last in a channel before a moment, each once, newest first."""
        rows = await self._database.fetch_all(
            "SELECT g.asked FROM generations g JOIN usage u ON u.id = g.usage_id"
            " WHERE u.guild_id = :guild_id AND g.channel_id = :channel_id AND u.kind = :kind AND u.created_at < :moment"
            " GROUP BY g.asked ORDER BY MAX(g.id) DESC LIMIT :limit",
            {
                "guild_id": guild_id,
                "channel_id": channel_id,
                "kind": kind,
                "moment": to_text(moment),
                "limit": limit,
            },
        )
        return tuple(row["asked"] for row in rows)

    async def get(self, guild_id: int, generation_id: int) -> Generation | None:
        """The generation, if it is this guild's."""
        row = await self._database.fetch_one(
            SELECT + "WHERE g.id = :id AND u.guild_id = :guild_id", {"id": generation_id, "guild_id": guild_id}
        )
        return _generation(row) if row else None

    async def vote(self, guild_id: int, generation_id: int, user_id: int, *, funny: bool, now: datetime) -> bool:
        """Record a member's vote, or change it; False if it was this vote already, or the guild has no such generation."""
        row = await self._database.write(
            "INSERT INTO votes (generation_id, user_id, funny, created_at)"
            " SELECT g.id, :user_id, :funny, :now FROM generations g JOIN usage u ON u.id = g.usage_id"
            " WHERE g.id = :generation_id AND u.guild_id = :guild_id"
            " ON CONFLICT (generation_id, user_id) DO UPDATE SET funny = excluded.funny, created_at = excluded.created_at"
            " WHERE votes.funny <> excluded.funny RETURNING funny",
            {
                "guild_id": guild_id,
                "generation_id": generation_id,
                "user_id": user_id,
                "funny": int(funny),
                "now": to_text(now),
            },
        )
        return row is not None

    async def liked(self, guild_id: int, kind: str, *, funny: int, percent: int) -> tuple[tuple[str, str], ...]:
        """What was asked and answered, where at least so many members and so large a part of those who voted found it funny; most
        votes first, each answer once. Votes on several answers together say nothing of one."""
        rows = await self._database.fetch_all(
            "SELECT g.asked, g.texts, SUM(v.funny) AS funny FROM votes v JOIN generations g ON g.id = v.generation_id"
            " JOIN usage u ON u.id = g.usage_id WHERE u.guild_id = :guild_id AND u.kind = :kind"
            " GROUP BY g.id, g.asked, g.texts HAVING SUM(v.funny) >= :funny AND 100 * SUM(v.funny) >= :percent * COUNT(*)"
            " ORDER BY SUM(v.funny) DESC, g.id",
            {"guild_id": guild_id, "kind": kind, "funny": funny, "percent": percent},
        )
        told = ((row["asked"], json.loads(row["texts"])) for row in rows)
        return tuple(dict.fromkeys((asked, answers[0]) for asked, answers in told if len(answers) == 1))

    async def choose(self, generation_id: int, text: str, user_id: int, *, now: datetime) -> bool:
        """Store which answer a member chose, replacing their earlier choice; False if another member has already chosen."""
        values = {"generation_id": generation_id, "text": text, "chosen_by": user_id, "chosen_at": now}
        clause = (
            "ON CONFLICT (generation_id) DO UPDATE SET text = excluded.text, chosen_at = excluded.chosen_at"
            " WHERE chosen_slogans.chosen_by = excluded.chosen_by"
        )
        return await self._database.insert("chosen_slogans", values, clause) is not None

    async def chosen(self, generation_id: int) -> str | None:
        """The answer that a member chose."""
        row = await self._database.fetch_one(
            "SELECT text FROM chosen_slogans WHERE generation_id = :id", {"id": generation_id}
        )
        return str(row["text"]) if row else None

    async def all_chosen(self, guild_id: int, kind: str) -> tuple[tuple[str, str], ...]:
        """What was asked, and the answer that a member chose; newest first."""
        rows = await self._database.fetch_all(
            "SELECT g.asked, c.text FROM chosen_slogans c JOIN generations g ON g.id = c.generation_id"
            " JOIN usage u ON u.id = g.usage_id WHERE u.guild_id = :guild_id AND u.kind = :kind ORDER BY c.chosen_at DESC, g.id",
            {"guild_id": guild_id, "kind": kind},
        )
        return tuple((row["asked"], row["text"]) for row in rows)

    async def voted_channels(self, guild_id: int, kind: str) -> tuple[int, ...]:
        """The channels in which something that has votes was asked for."""
        rows = await self._database.fetch_all(
            "SELECT DISTINCT g.channel_id FROM votes v JOIN generations g ON g.id = v.generation_id"
            " JOIN usage u ON u.id = g.usage_id WHERE u.guild_id = :guild_id AND u.kind = :kind AND g.channel_id IS NOT NULL",
            {"guild_id": guild_id, "kind": kind},
        )
        return tuple(row["channel_id"] for row in rows)

    async def best(
        self, guild_id: int, kind: str, channels: Sequence[int], since: datetime | None, limit: int
    ) -> tuple[VotedJoke, ...]:
        """What was laughed at most, of all that was told in these channels since a moment; each text once."""
        if not channels:
            return ()
        names = {f"channel_{number}": channel for number, channel in enumerate(channels)}
        rows = await self._database.fetch_all(
            "SELECT g.asked, g.texts, SUM(v.funny) AS funny, COUNT(*) - SUM(v.funny) AS flat"  # noqa: S608 - names of ours
            " FROM votes v JOIN generations g ON g.id = v.generation_id JOIN usage u ON u.id = g.usage_id"
            " WHERE u.guild_id = :guild_id AND u.kind = :kind AND u.created_at >= :since"
            f" AND g.channel_id IN ({', '.join(f':{name}' for name in names)})"
            " GROUP BY g.id, g.asked, g.texts HAVING SUM(v.funny) > 0"
            " ORDER BY SUM(v.funny) DESC, COUNT(*) - SUM(v.funny), g.id",
            {"guild_id": guild_id, "kind": kind, "since": to_text(since) if since else "", **names},
        )
        found: dict[str, VotedJoke] = {}
        for row in rows:
            text = "\n".join(json.loads(row["texts"]))
            found.setdefault(text, VotedJoke(row["asked"], text, row["funny"], row["flat"]))
        return tuple(found.values())[:limit]

    async def tally(self, generation_id: int) -> Tally:
        """The votes on one joke."""
        row = await self._database.fetch_one(
            "SELECT COALESCE(SUM(funny), 0) AS funny, COUNT(*) AS votes FROM votes WHERE generation_id = :id",
            {"id": generation_id},
        )
        return Tally(row["funny"], row["votes"] - row["funny"]) if row else Tally(0, 0)


def _generation(row: Row) -> Generation:
    values = dict(row)
    values["request"] = json.loads(row["request"])
    values["texts"] = tuple(json.loads(row["texts"]))
    values["fine_tuned"] = bool(row["fine_tuned"])
    values["created_at"] = from_text(row["created_at"])
    return Generation(**values)
