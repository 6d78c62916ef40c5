"""Preference pairs from the arena: from each round with a clear winner, the preferred answer and the other one."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.arena.promotion import name_of
from bot.arena.scenarios import is_shipped
from bot.datasets.checker import MIN_EXAMPLES
from bot.datasets.service import DatasetService, Incoming, Saved
from bot.errors import InvalidInputError
from bot.kinds import KINDS
from bot.registry.service import Registry
from bot.store.arena import ArenaStore, ClosedRound
from bot.store.database import Database
from bot.texts import arena as texts


@dataclass(frozen=True)
class Preferences:
    """A dataset of pairs, and the number of closed rounds with votes that it was made from."""

    saved: Saved
    rounds: int


class PreferenceService:
    """Turns votes into datasets for the method `dpo`. They do not contain who voted."""

    def __init__(self, database: Database, datasets: DatasetService, registry: Registry) -> None:
        self._store = ArenaStore(database)
        self._datasets = datasets
        self._registry = registry

    async def save(self, guild_id: int, user_id: int, name: str, kind: str, *, votes: int, percent: int) -> Preferences:
        """Save the rounds in which one answer got at least `votes` votes and `percent` percent of all votes.

        Raises `InvalidInputError` if there are too few, or one contestant won them all; `ConflictError` if the name is taken.
        """
        rounds = await self._store.closed_rounds(guild_id, kind)
        decided = [one for one in rounds if _is_decided(one, votes, percent)]
        if len(decided) < MIN_EXAMPLES:
            raise InvalidInputError(texts.TOO_FEW_DECIDED, count=len(decided), rounds=len(rounds), fewest=MIN_EXAMPLES)
        await self._refuse_one_sided(guild_id, decided)
        content = b"".join(_lines(decided, await self._system(guild_id, kind)))
        path = self._datasets.incoming(len(content))
        await asyncio.to_thread(path.write_bytes, content)
        files, typed = (
            [Incoming(path, f"{name}.jsonl")],
            [one for one in decided if not is_shipped(KINDS[kind], one.scenario)],
        )
        askers = sorted({one.opened_by for one in typed if one.opened_by})
        saved = await self._datasets.upload_all(guild_id, user_id, files, name, kind, askers=askers)
        return Preferences(saved, len(rounds))

    async def _system(self, guild_id: int, kind: str) -> str:
        """The system message of the model in use, which is the one to train."""
        active = (await self._registry.models(guild_id)).active.get(kind)
        return (active and active.system) or KINDS[kind].system

    async def _refuse_one_sided(self, guild_id: int, decided: Sequence[ClosedRound]) -> None:
        winners = {one.left_id if one.left > one.right else one.right_id for one in decided}
        if len(winners) == 1 and (winner := await self._store.contestant(guild_id, winners.pop())):
            raise InvalidInputError(texts.ONE_SIDED, count=len(decided), name=name_of(winner))


def _is_decided(one: ClosedRound, votes: int, percent: int) -> bool:
    chosen = max(one.left, one.right)
    return one.left != one.right and chosen >= votes and 100 * chosen >= percent * one.votes


def _lines(rounds: Iterable[ClosedRound], system: str) -> Iterable[bytes]:
    """OpenAI's format of preference pairs, a pair a line."""
    for one in rounds:
        messages = [{"role": "system", "content": system}, {"role": "user", "content": one.scenario}]
        preferred, other = (one.left_text, one.right_text) if one.left > one.right else (one.right_text, one.left_text)
        pair = {
            "input": {"messages": messages, "tools": [], "parallel_tool_calls": True},
            "preferred_output": [{"role": "assistant", "content": preferred}],
            "non_preferred_output": [{"role": "assistant", "content": other}],
        }
        yield json.dumps(pair, ensure_ascii=False).encode() + b"\n"
