"""What requests to the model server cost, recorded as soon as they are answered, whatever comes after."""

import logging
from collections.abc import Sequence

from bot.clock import Clock
from bot.command_log import count_tokens
from bot.remote import Completion
from bot.store.generations import Usage, UsageStore

log = logging.getLogger(__name__)


class UsageRecorder:
    """Records what was spent. Where that fails the log has it: an answer that is paid for is never thrown away."""

    def __init__(self, store: UsageStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def completion(self, guild_id: int, user_id: int, kind: str, completion: Completion) -> int | None:
        """Record a completion; returns the row's id, None if it could not be written."""
        cost = (completion.prompt_tokens, completion.completion_tokens, completion.latency_ms)
        return await self.record(Usage(guild_id, user_id, kind, completion.model, *cost, created_at=self._clock()))

    async def embeddings(self, guild_id: int, user_id: int, model: str, tokens: int, latency_ms: float) -> None:
        """Record embeddings."""
        await self.record(Usage(guild_id, user_id, "similarity", model, tokens, 0, latency_ms, self._clock()))

    async def list(self, guild_id: int, kind: str, ids: Sequence[int]) -> tuple[Usage, ...]:
        """The guild's rows of this kind among these, oldest first."""
        return await self._store.list(guild_id, kind, ids)

    async def record(self, usage: Usage) -> int | None:
        """Record any request."""
        count_tokens(usage.prompt_tokens, usage.completion_tokens)
        try:
            return await self._store.add(usage)
        except Exception:
            spent = usage.prompt_tokens, usage.completion_tokens, usage.model
            log.exception("Not recorded, but spent: %d + %d tokens of %s in server %d.", *spent, usage.guild_id)
            return None
