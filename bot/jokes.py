"""Jokes by the server's own fine-tuned model, or by the base with examples in the prompt."""

import json
from dataclasses import dataclass
from pathlib import Path

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.errors import InvalidInputError, NotFoundError, RemoteNotFoundError, ServerNonsenseError
from bot.llm import LLM, Message
from bot.registry.service import Registry
from bot.remote import Completion
from bot.store.generations import Generation, GenerationStore, Tally
from bot.store.models import RegisteredModel

SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."
SHIPPED = Path(__file__).parents[1] / "data" / "jokes.jsonl"
EXAMPLES = 10


SAID_NOTHING = "The model answered with nothing. Try again, or with another scenario."


@dataclass(frozen=True)
class Joke:
    """A joke and the row it is kept in; `examples` is how many the prompt held, `lost` the server's own model if that is gone."""

    id: int
    scenario: str
    text: str
    model: str
    fine_tuned: bool
    examples: int
    lost: str | None = None


class JokeService:
    """Tells jokes and counts the laughs."""

    def __init__(
        self,
        llm: LLM,
        catalogue: Catalogue,
        registry: Registry,
        generations: GenerationStore,
        clock: Clock,
        examples: tuple[Message, ...],
    ) -> None:
        self._llm = llm
        self._catalogue = catalogue
        self._registry = registry
        self._generations = generations
        self._clock = clock
        self._examples = examples

    async def tell(self, guild_id: int, user_id: int, scenario: str, model: str | None = None) -> Joke:
        """A joke by `model`, else by the server's active one, else by the base with examples; so also if the active one is gone.

        Raises `NotFoundError` if the server has no such model.
        """
        if not scenario.strip():
            raise InvalidInputError("Give the joke a scenario, such as: A man walking across the road")
        base = await self._catalogue.chat_model()
        own = await self._registry.choose(guild_id, model, base)
        completion = await self._by_own(own, scenario, insisted=model is not None) if own else None
        fine_tuned = completion is not None
        completion = completion or await self._llm.complete(base, asked(scenario, self._examples))
        if not completion.texts[0]:
            raise ServerNonsenseError(SAID_NOTHING)
        request = {"scenario": scenario, "model": model}
        row = await self._generations.add(
            guild_id, user_id, "joke", request, completion, fine_tuned=fine_tuned, now=self._clock()
        )
        examples, lost = (0, None) if fine_tuned else (len(self._examples) // 2, own.model if own else None)
        return Joke(row, scenario, completion.texts[0], completion.model, fine_tuned, examples, lost)

    async def _by_own(self, model: RegisteredModel, scenario: str, *, insisted: bool) -> Completion | None:
        """The model's answer; None if it is the active one and gone. Somebody who insists on a lost one lets it be asked again."""
        if model.lost_at is not None and not insisted:
            return None
        try:
            completion = await self._llm.complete(model.model, asked(scenario), fine_tuned=True)
        except RemoteNotFoundError:
            if await self._registry.lose(model) or not insisted:
                return None
            raise
        await self._registry.regain(model)
        return completion

    async def vote(self, guild_id: int, user_id: int, joke_id: int, *, funny: bool) -> tuple[bool, Tally]:
        """Record or change a member's one vote; says whether it changed anything, and how the votes stand."""
        await find(self._generations, guild_id, joke_id)
        changed = await self._generations.vote(joke_id, user_id, funny=funny, now=self._clock())
        return changed, await self._generations.tally(joke_id)


def asked(scenario: str, examples: tuple[Message, ...] = ()) -> tuple[Message, ...]:
    """The chat that asks for a joke; a fine-tuned model needs no examples."""
    return (Message("system", SYSTEM), *examples, Message("user", scenario))


async def find(generations: GenerationStore, guild_id: int, generation_id: int) -> Generation:
    """A joke or slogan of this server. Raises `NotFoundError` if it is gone or another server's."""
    generation = await generations.get(guild_id, generation_id)
    if generation is None:
        raise NotFoundError("This one is no longer kept. Ask for a new one.")
    return generation


def shipped_examples(path: Path = SHIPPED, count: int = EXAMPLES) -> tuple[Message, ...]:
    """The first examples of the shipped jokes, as turns of a chat."""
    turns: list[Message] = []
    with path.open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(count), strict=False):
            _, user, assistant = json.loads(line)["messages"]
            turns += (Message("user", user["content"]), Message("assistant", assistant["content"]))
    return tuple(turns)
