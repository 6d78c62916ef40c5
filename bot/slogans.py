"""Slogans for a company, as OpenAI's cookbook asks for them."""

from dataclasses import dataclass

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.errors import InvalidInputError, ServerNonsenseError
from bot.llm import LLM, Message
from bot.store.generations import GenerationStore

SYSTEM = "You are an assistant that creates a slogan based on company description"


@dataclass(frozen=True)
class Slogans:
    """The answers to one request, and the row they are kept in."""

    id: int
    description: str
    texts: tuple[str, ...]
    model: str


class SloganService:
    """Writes slogans with the chat model."""

    def __init__(self, llm: LLM, catalogue: Catalogue, generations: GenerationStore, clock: Clock) -> None:
        self._llm = llm
        self._catalogue = catalogue
        self._generations = generations
        self._clock = clock

    async def write(
        self,
        guild_id: int,
        user_id: int,
        description: str,
        *,
        count: int = 1,
        temperature: float = 1,
        style: str | None = None,
    ) -> Slogans:
        """`count` slogans; a `style` is added to the description in a line of its own."""
        if not description.strip():
            raise InvalidInputError("Describe the company in a few words, such as: A company that sells ice cream")
        asked = f"{description}\nStyle: {style}" if style and style.strip() else description
        completion = await self._llm.complete(
            await self._catalogue.chat_model(),
            (Message("system", SYSTEM), Message("user", asked)),
            n=count,
            temperature=temperature,
        )
        texts = tuple(text for text in completion.texts if text)
        if not texts:
            raise ServerNonsenseError(
                "The model answered with nothing. Try again, or describe the company in other words."
            )
        request = {"description": description, "count": count, "temperature": temperature, "style": style}
        row = await self._generations.add(
            guild_id, user_id, "slogan", request, completion, fine_tuned=False, now=self._clock()
        )
        return Slogans(row, description, texts, completion.model)
