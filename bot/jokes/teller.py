"""Asks one model for jokes. Every joke, single or compared, comes from here."""

from dataclasses import dataclass

from bot.catalogue import Catalogue
from bot.errors import RemoteNotFoundError
from bot.jokes.prompt import prompt
from bot.llm import LLM, Message
from bot.registry.service import Registry
from bot.remote import Completion
from bot.sampling import MAX_LINE_TOKENS, sampling_for
from bot.store.models import RegisteredModel
from bot.usage import UsageRecorder

KIND = "joke"


@dataclass(frozen=True)
class Draw:
    """How many answers one request asks for: of a large model, and of a small one, whose best is then chosen."""

    large: int = 1
    small: int = 1


ONE = Draw()


@dataclass(frozen=True)
class Told:
    """A model's answer, and the row of its cost (None: not recorded). `tuned` is None for the base, which was shown `examples`."""

    completion: Completion
    usage_id: int | None
    tuned: RegisteredModel | None
    examples: int
    small: bool


class JokeTeller:
    """Knows how each model is asked, records the cost, and keeps the registry's mark of lost models true."""

    def __init__(
        self,
        llm: LLM,
        catalogue: Catalogue,
        registry: Registry,
        usage: UsageRecorder,
        examples: tuple[Message, ...],
    ) -> None:
        self._llm = llm
        self._catalogue = catalogue
        self._registry = registry
        self._usage = usage
        self._examples = examples

    async def tell(
        self, guild_id: int, user_id: int, scenario: str, tuned: RegisteredModel | None, *, kind: str, draw: Draw = ONE
    ) -> Told:
        """Jokes by a fine-tuned model, or with None by the base. Raises `ModelServerError`."""
        examples = () if tuned else self._examples
        name = tuned.model if tuned else await self._catalogue.chat_model()
        bases, fine_tuned = ((tuned.base_model,), True) if tuned else ((), False)
        small = await self._catalogue.is_small(name, *bases, fine_tuned=fine_tuned)
        try:
            completion = await self._llm.complete(
                name,
                prompt(scenario, examples),
                n=draw.small if small else draw.large,
                sampling=sampling_for(small=small),
                max_tokens=MAX_LINE_TOKENS if small else None,
                logprobs=small and draw.small > 1,
                fine_tuned=fine_tuned,
            )
        except RemoteNotFoundError:
            if tuned:
                await self._registry.lose(tuned)
            raise
        usage_id = await self._usage.completion(guild_id, user_id, kind, completion)
        if tuned:
            await self._registry.regain(tuned)
        return Told(completion, usage_id, tuned, len(examples) // 2, small)
