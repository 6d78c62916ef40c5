"""The ranking of a server's contestants, and the promotion of a winner who is surely better."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.arena.ranking import Ranking, Standing, Vote, rank, votes_to_part
from bot.errors import ConflictError
from bot.registry.service import Registry
from bot.store.arena import ArenaStore, CastVote, Contestant
from bot.store.database import Database
from bot.texts import arena as texts
from bot.texts.template import plain
from bot.writing.prompts import PromptService

SCORES = {"left": 1.0, "right": 0.0, "both_good": 0.5, "both_bad": 0.5}


@dataclass(frozen=True)
class Table:
    """A ranking of one kind, and its contestants by number."""

    kind: str
    ranking: Ranking
    contestants: Mapping[int, Contestant]


@dataclass(frozen=True)
class Promotion:
    """The winner, the sentence that the registry stores as evidence, and whether the winner replaced a fine-tuned model (`over_model`)."""

    winner: Contestant
    evidence: str
    over_model: bool


# What is written, by which model's number, or with None by the base and its prompt's number (None: the shipped one).
Writer: TypeAlias = tuple[str, int | None, int | None]


class ArenaRanking:
    """Ranks by all votes of a server."""

    def __init__(self, database: Database, registry: Registry, prompts: PromptService) -> None:
        self._database = database
        self._prompts = prompts
        self._store = ArenaStore(database)
        self._registry = registry

    async def table(self, guild_id: int, kind: str) -> Table:
        """The ranking of those that take part now. Raises `ConflictError` before the first vote."""
        contestants = {one.id: one for one in await self._store.contestants(guild_id, kind)}
        votes = votes_of(await self._store.votes(guild_id, kind))
        ranking = await asyncio.to_thread(rank, votes, list(contestants))
        if not ranking.votes:
            raise ConflictError(texts.NO_VOTES)
        return Table(kind, ranking, contestants)

    async def promote(self, guild_id: int, user_id: int, kind: str) -> Promotion:
        """Make the winner write the server's jokes or slogans. Raises `ConflictError`, which says what is missing."""
        table = await self.table(guild_id, kind)
        best = table.ranking.standings[0]
        winner = table.contestants[best.contestant]
        active = (await self._registry.models(guild_id)).active.get(kind)
        prompt = None if active else await self._prompts.in_use(guild_id, kind)
        in_use = kind, active.id if active else None, prompt.id if prompt else None
        if writer_of(winner) == in_use:
            raise ConflictError(texts.WINNER_IN_USE, winner=name_of(winner), writes=texts.WRITES[kind])
        current = _standing_of(in_use, table)
        if current is None:
            raise ConflictError(texts.PROMPT_NOT_HERE_NOW if prompt else texts.CURRENT_NOT_HERE)
        if not best.surely_beats(current):
            more = votes_to_part(best, current, table.ranking.votes) or 1
            raise ConflictError(texts.NOT_SURE, **_numbers(winner, best, current), more=texts.TO_SETTLE.of(more))
        evidence = plain(
            texts.EVIDENCE, {**_numbers(winner, best, current), "votes": texts.VOTES.of(table.ranking.votes)}
        )
        await self._switch(guild_id, user_id, winner, evidence)
        return Promotion(winner, evidence, active is not None)

    async def _switch(self, guild_id: int, user_id: int, winner: Contestant, evidence: str) -> None:
        """Activate the winner: a model, or the base with the winner's prompt."""
        kind = winner.kind
        async with self._database.transaction():
            active = (await self._registry.models(guild_id)).active.get(kind)
            if winner.model_id or active:
                await self._registry.promote(guild_id, user_id, kind, winner.model_id, evidence)
            if winner.model_id is None:
                number = winner.prompt_id
                prompt = await self._prompts.numbered(guild_id, number) if number else None
                if prompt != await self._prompts.in_use(guild_id, kind):
                    await self._prompts.use(guild_id, user_id, kind, prompt, evidence)


def votes_of(cast: Sequence[CastVote]) -> Sequence[Vote]:
    """Votes with their scores; both good and both bad are ties."""
    return [Vote(one.user_id, one.left_id, one.right_id, SCORES[one.choice]) for one in cast]


def name_of(contestant: Contestant) -> str:
    """The name to show: the server's own name for the model, else its id; the prompt's name and version; or that of the base."""
    return contestant.name or contestant.model or contestant.prompt or str(texts.BASE_NAME[contestant.kind])


def writer_of(contestant: Contestant) -> Writer:
    """What this contestant writes, and the model and prompt that write it."""
    return contestant.kind, contestant.model_id, contestant.prompt_id


def _standing_of(writer: Writer, table: Table) -> Standing | None:
    found = (one for one in table.ranking.standings if writer_of(table.contestants[one.contestant]) == writer)
    return next(found, None)


def _numbers(winner: Contestant, best: Standing, current: Standing) -> dict[str, object]:
    return {
        "winner": name_of(winner),
        "low": 100 * best.low,
        "high": 100 * best.high,
        "current_low": 100 * current.low,
        "current_high": 100 * current.high,
    }
