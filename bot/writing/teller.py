"""Asks one model for jokes or slogans. Every joke and slogan comes from here."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain

from bot.catalogue import Catalogue
from bot.errors import BlockedError, RemoteNotFoundError
from bot.kinds import Kind
from bot.metering.ledger import Charge
from bot.metering.meter import Meter
from bot.model_server.chat import ChatRequest, Message
from bot.model_server.completion import Completion
from bot.model_server.sampling import MAX_LINE_TOKENS, Sampling, sampling_for
from bot.moderation.guard import Guard
from bot.registry.service import Registry
from bot.store.models import RegisteredModel
from bot.store.prompts import Prompt
from bot.texts.moderation import BLOCKED_OUT
from bot.writing.chain import drafts_wanted, second_step
from bot.writing.prompts import NONE, PromptService


@dataclass(frozen=True)
class Draw:
    """How many answers to ask for, from a large model and from a small one. `ranked` requests log probabilities, by which the best answer of
    a small model is chosen."""

    large: int = 1
    small: int = 1
    ranked: bool = True


ONE = Draw()


@dataclass(frozen=True)
class Asked:
    """A request: `turns` follow the system message and the examples. `temperature` None means the model's default."""

    kind: Kind
    turns: tuple[Message, ...]
    temperature: float | None = None

    @classmethod
    def about(cls, kind: Kind, text: str, temperature: float | None = None) -> "Asked":
        """A scenario or description, and nothing else."""
        return cls(kind, (Message("user", text),), temperature)


@dataclass(frozen=True)
class Told:
    """A model's answer and its usage row. `tuned` is None for the base, which got the `shown` examples of the guild's
    `prompt` (None: the shipped one)."""

    completion: Completion
    usage_id: int
    tuned: RegisteredModel | None
    shown: tuple[Message, ...]
    small: bool
    prompt: Prompt | None = None

    @property
    def examples(self) -> int:
        """How many examples the prompt had."""
        return len(self.shown) // 2


class Teller:
    """Builds each model's request, and updates the registry when a model is lost or back."""

    def __init__(
        self,
        meter: Meter,
        catalogue: Catalogue,
        registry: Registry,
        prompts: PromptService,
        examples: Mapping[str, tuple[Message, ...]],
        guard: Guard,
    ) -> None:
        """`examples` are the turns of the shipped prompt, by kind."""
        self._meter = meter
        self._catalogue = catalogue
        self._registry = registry
        self._prompts = prompts
        self._examples = examples
        self._guard = guard

    async def ask(
        self, guild_id: int, user_id: int, asked: Asked, wanted: str | None, draw: Draw = ONE
    ) -> tuple[Told, RegisteredModel | None]:
        """An answer by the wanted model, else the active one, else the base, which also steps in if the active one is gone.

        With it comes the guild's own model if it should have answered and is gone. Who names a model insists on it. Raises
        `NotFoundError` if the guild has no such model, `ModelServerError`.
        """
        base = await self._catalogue.chat_model()
        own = await self._registry.choose(guild_id, asked.kind.name, wanted, base)
        if own and (own.lost_at is None or wanted):
            try:
                return await self.tell(guild_id, user_id, asked, own, purpose=asked.kind.name, draw=draw), None
            except RemoteNotFoundError:
                if wanted and not await self._registry.in_use(own):
                    raise
        prompt = await self._prompts.in_use(guild_id, asked.kind.name)
        return await self.tell(guild_id, user_id, asked, None, purpose=asked.kind.name, draw=draw, prompt=prompt), own

    async def tell(
        self,
        guild_id: int,
        user_id: int,
        asked: Asked,
        tuned: RegisteredModel | None,
        *,
        purpose: str,
        draw: Draw = ONE,
        prompt: Prompt | None = None,
    ) -> Told:
        """Answers by a fine-tuned model, or with None by the base. `purpose` is the kind of the usage row. Raises `ModelServerError`.

        A fine-tuned model gets the system message that it was trained on, if that is known; the base gets the `prompt`, or the shipped
        one, and then does the prompt's second step. There may be more answers than wanted then, the best first. Moderation judges what
        was asked before anything is sent, and leaves out answers. Raises `BlockedError` if it lets nothing through.
        """
        await self._guard.admit(guild_id, [turn.content for turn in asked.turns if turn.role == "user"])
        prompt = None if tuned else prompt
        name, small = await self._model(tuned)
        system, shown = self._told_before(asked.kind, tuned, prompt, small=small)
        sampling, limit = _sampling(asked, small=small), MAX_LINE_TOKENS if small else None
        n, logprobs = _drawn(draw, prompt, small=small)
        charge = Charge(guild_id, user_id, purpose)
        messages = (Message("system", system), *shown, *asked.turns)
        request = ChatRequest(name, messages, n, sampling, limit, logprobs, fine_tuned=tuned is not None)

        async def once(messages: Sequence[Message]) -> Completion:
            alone = replace(request, messages=messages, n=1, logprobs=False)
            return (await self._meter.complete(charge, alone)).completion

        async with self._watched(tuned):
            metered = await self._meter.complete(charge, request)
        drafts = metered.completion
        answers = await second_step(prompt, asked.turns, drafts, once) if prompt else drafts
        answers = await self._let_through(guild_id, answers)
        return Told(answers, metered.usage_id, tuned, shown, small, prompt)

    async def _let_through(self, guild_id: int, answers: Completion) -> Completion:
        passing = await self._guard.sift(guild_id, answers.texts)
        if all(passing):
            return answers
        if not any(passing):
            raise BlockedError(BLOCKED_OUT)
        kept = [place for place, passes in enumerate(passing) if passes]
        return replace(
            answers,
            texts=tuple(answers.texts[place] for place in kept),
            likelihoods=tuple(answers.likelihoods[place] for place in kept),
            cut=tuple(answers.cut[place] for place in kept),
        )

    async def _model(self, tuned: RegisteredModel | None) -> tuple[str, bool]:
        """The model's id, and whether it is small."""
        if tuned:
            return tuned.model, await self._catalogue.is_small(tuned.model, tuned.base_model, fine_tuned=True)
        base = await self._catalogue.chat_model()
        return base, await self._catalogue.is_small(base)

    @asynccontextmanager
    async def _watched(self, tuned: RegisteredModel | None) -> AsyncIterator[None]:
        """Mark the model as lost if it is gone, and as back once it answers."""
        try:
            yield
        except RemoteNotFoundError:
            if tuned:
                await self._registry.lose(tuned)
            raise
        if tuned:
            await self._registry.regain(tuned)

    def _told_before(
        self, kind: Kind, tuned: RegisteredModel | None, prompt: Prompt | None, *, small: bool
    ) -> tuple[str, tuple[Message, ...]]:
        """The system message, and the examples as turns."""
        if tuned:
            return tuned.system or kind.system, ()
        if prompt:
            return prompt.system, _turns(prompt.examples)
        return kind.system, self._examples[kind.name] if small or kind.shown_to_large else ()


def _drawn(draw: Draw, prompt: Prompt | None, *, small: bool) -> tuple[int, bool]:
    """The number of answers to ask for, and whether to request log probabilities."""
    if prompt and prompt.step != NONE:
        return drafts_wanted(prompt, draw.large), False
    wanted = draw.small if small else draw.large
    return wanted, small and draw.ranked and wanted > 1


def _sampling(asked: Asked, *, small: bool) -> Sampling:
    usual = sampling_for(small=small)
    return usual if asked.temperature is None else replace(usual, temperature=asked.temperature)


def _turns(examples: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    sides = ((Message("user", question), Message("assistant", answer)) for question, answer in examples)
    return tuple(chain.from_iterable(sides))
