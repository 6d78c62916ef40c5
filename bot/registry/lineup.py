"""One scenario, several models: their answers side by side."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.errors import InvalidInputError, ModelServerError, RemoteNotFoundError
from bot.jokes import SAID_NOTHING, asked
from bot.llm import LLM, Message
from bot.registry.service import Registry
from bot.remote import Completion
from bot.store.generations import Usage, UsageStore
from bot.store.models import RegisteredModel

log = logging.getLogger(__name__)

MOST = 4
BROKE = "Something went wrong here while this model was asked; the bot's log says what."


@dataclass(frozen=True)
class Answer:
    """What one model said, or the sentence that says why it did not; `tuned` is None for the base with examples.

    Tokens and milliseconds are 0 where the model server gave no answer at all.
    """

    model: str
    tuned: RegisteredModel | None
    text: str
    failed: bool
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_ms: float = 0


class LineupService:
    """Lets models answer the same scenario, all at once."""

    def __init__(
        self,
        llm: LLM,
        catalogue: Catalogue,
        registry: Registry,
        usage: UsageStore,
        clock: Clock,
        examples: tuple[Message, ...],
    ) -> None:
        self._llm = llm
        self._catalogue = catalogue
        self._registry = registry
        self._usage = usage
        self._clock = clock
        self._examples = examples

    async def compare(self, guild_id: int, user_id: int, scenario: str, wanted: Sequence[str]) -> tuple[Answer, ...]:
        """The answers in the order of `wanted` (ids, names or `base`; up to four, each asked once), failures among them.

        Raises `NotFoundError` before anything is asked if one of them is not this server's.
        """
        if not scenario.strip():
            raise InvalidInputError("Give the models a scenario, such as: A man walking across the road")
        base = await self._catalogue.chat_model()
        chosen = [await self._registry.choose(guild_id, name, base) for name in wanted[:MOST]]
        once = {model.id if model else None: model for model in chosen}
        asking = (self._ask(guild_id, user_id, scenario, model, base) for model in once.values())
        return tuple(await asyncio.gather(*asking))

    async def _ask(
        self, guild_id: int, user_id: int, scenario: str, tuned: RegisteredModel | None, base: str
    ) -> Answer:
        name = tuned.model if tuned else base
        try:
            completion = await self._complete(scenario, tuned, base)
            await self._usage.add(_cost(guild_id, user_id, completion, self._clock()))
        except ModelServerError as error:
            log.warning("%s could not be compared: %s (request %s)", name, error, error.request_id)
            return Answer(name, tuned, str(error), failed=True)
        except Exception:  # a bug that one model meets hides none of the others
            log.exception("%s could not be compared.", name)
            return Answer(name, tuned, BROKE, failed=True)
        text = completion.texts[0]
        cost = (completion.prompt_tokens, completion.completion_tokens, completion.latency_ms)
        return Answer(name, tuned, text or SAID_NOTHING, not text, *cost)

    async def _complete(self, scenario: str, tuned: RegisteredModel | None, base: str) -> Completion:
        if tuned is None:
            return await self._llm.complete(base, asked(scenario, self._examples))
        try:
            completion = await self._llm.complete(tuned.model, asked(scenario), fine_tuned=True)
        except RemoteNotFoundError:
            await self._registry.lose(tuned)
            raise
        await self._registry.regain(tuned)
        return completion


def _cost(guild_id: int, user_id: int, completion: Completion, now: datetime) -> Usage:
    spent = (completion.prompt_tokens, completion.completion_tokens, completion.latency_ms)
    return Usage(guild_id, user_id, "compare", completion.model, *spent, created_at=now)
