"""Answers of several models or prompts to one scenario or description."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.catalogue import Catalogue
from bot.errors import InvalidInputError, UserError
from bot.in_flight import InFlight
from bot.kinds import JOKE, KINDS
from bot.model_server.completion import Completion
from bot.registry.service import Registry
from bot.store.models import RegisteredModel
from bot.store.prompts import Prompt
from bot.texts.jokes import COMPARE_FAILED, COMPARE_NO_SCENARIO, COMPARE_ONE_KIND, EMPTY_JOKE
from bot.writing.prompts import SHIPPED, PromptService
from bot.writing.teller import Asked, Teller

log = logging.getLogger(__name__)

PURPOSE = "compare"
MAX_MODELS = 4


@dataclass(frozen=True)
class ComparedModel:
    """A model (`tuned` None: the base) with its answer or an error. When prompts are compared, `label` and `prompt` name the one that the
    base used (None: the shipped one)."""

    model: str
    tuned: RegisteredModel | None
    completion: Completion | None
    error: UserError | None
    label: str | None = None
    prompt: Prompt | None = None


class ModelComparison:
    """Lets models answer the same scenario, all at once."""

    def __init__(
        self, teller: Teller, catalogue: Catalogue, registry: Registry, prompts: PromptService, in_flight: InFlight
    ) -> None:
        self._prompts = prompts
        self._teller = teller
        self._catalogue = catalogue
        self._registry = registry
        self._in_flight = in_flight

    async def compare(
        self, guild_id: int, user_id: int, scenario: str, wanted: Sequence[str]
    ) -> tuple[ComparedModel, ...]:
        """The answers in the order of `wanted` (ids, names or `base`; each asked once), failures among them.

        All write what the fine-tuned ones among them do. Raises `NotFoundError` before anything is asked if one of them is not this
        guild's, `InvalidInputError` if some tell jokes and others write slogans.
        """
        if not scenario.strip():
            raise InvalidInputError(COMPARE_NO_SCENARIO)
        base = await self._catalogue.chat_model()
        chosen = [await self._registry.choose_any(guild_id, name, base) for name in wanted[:MAX_MODELS]]
        kinds = {model.kind for model in chosen if model} or {JOKE.name}
        if len(kinds) > 1:
            raise InvalidInputError(COMPARE_ONE_KIND)
        asked = Asked.about(KINDS[kinds.pop()], scenario)
        once = {model.id if model else None: model for model in chosen}
        prompt = await self._prompts.in_use(guild_id, asked.kind.name)  # the base writes here as it always does
        with self._in_flight.request(guild_id, user_id):
            asking = (self._ask(guild_id, user_id, asked, model, base, prompt) for model in once.values())
            return tuple(await asyncio.gather(*asking))

    async def compare_prompts(
        self, guild_id: int, user_id: int, kind: str, scenario: str, wanted: Sequence[str]
    ) -> tuple[ComparedModel, ...]:
        """The base's answers with these prompts (`shipped`: the built-in one), each once, in this order, including failures.

        Raises `NotFoundError` before anything is asked if the guild has no such prompt.
        """
        if not scenario.strip():
            raise InvalidInputError(COMPARE_NO_SCENARIO)
        base, asked = await self._catalogue.chat_model(), Asked.about(KINDS[kind], scenario)
        chosen = [await self._prompts.choose(guild_id, kind, name) for name in wanted[:MAX_MODELS]]
        once = {prompt.id if prompt else None: prompt for prompt in chosen}.values()
        with self._in_flight.request(guild_id, user_id):
            asking = (self._ask(guild_id, user_id, asked, None, base, prompt) for prompt in once)
            answers = await asyncio.gather(*asking)
        labelled = zip(answers, once, strict=True)
        return tuple(replace(one, label=prompt.label if prompt else SHIPPED, prompt=prompt) for one, prompt in labelled)

    async def _ask(
        self,
        guild_id: int,
        user_id: int,
        asked: Asked,
        tuned: RegisteredModel | None,
        base: str,
        prompt: Prompt | None,
    ) -> ComparedModel:
        name = tuned.model if tuned else base
        try:
            told = await self._teller.tell(guild_id, user_id, asked, tuned, purpose=PURPOSE, prompt=prompt)
        except UserError as error:
            log.warning("%s could not be compared: %s", name, error)
            return ComparedModel(name, tuned, None, error)
        except Exception:  # a bug that one model meets hides none of the others
            log.exception("%s could not be compared.", name)
            return ComparedModel(name, tuned, None, UserError(COMPARE_FAILED))
        empty = None if told.completion.texts[0] else UserError(EMPTY_JOKE)
        return ComparedModel(name, tuned, told.completion, empty)
