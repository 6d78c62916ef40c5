"""Slogans for a company, as in OpenAI's cookbook; a small model gets examples as well."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from bot.catalogue import Catalogue
from bot.errors import InvalidInputError, ServerNonsenseError
from bot.generations import GenerationService
from bot.in_flight import InFlight
from bot.llm import LLM, Message
from bot.sampling import MAX_LINE_TOKENS, sampling_for
from bot.store.document import Document
from bot.texts.jokes import EMPTY_SLOGAN, NO_DESCRIPTION
from bot.usage import UsageRecorder

SYSTEM = "You are an assistant that creates a slogan based on company description"
KIND = "slogan"
SHIPPED_SLOGANS = Path(__file__).parents[1] / "data" / "slogans.jsonl"


@dataclass(frozen=True)
class SloganRequest:
    """What a member asked for; `temperature` is None unless they chose one."""

    description: str
    count: int = 1
    temperature: float | None = None
    style: str | None = None


_REQUEST = Document(SloganRequest)


@dataclass(frozen=True)
class Slogans:
    """The answers to one request, and their number (None: they could not be stored). The model was shown `examples`."""

    id: int | None
    description: str
    texts: tuple[str, ...]
    examples: int


class SloganService:
    """Writes slogans with the chat model."""

    def __init__(
        self,
        llm: LLM,
        catalogue: Catalogue,
        usage: UsageRecorder,
        generations: GenerationService,
        in_flight: InFlight,
        examples: tuple[Message, ...],
    ) -> None:
        """`examples` are turns for the prompt of a small model."""
        self._llm = llm
        self._catalogue = catalogue
        self._usage = usage
        self._generations = generations
        self._in_flight = in_flight
        self._examples = examples

    async def write(self, guild_id: int, user_id: int, request: SloganRequest, *, keep: bool = True) -> Slogans:
        """As many slogans as asked for; a style is added to the description in a line of its own. With `keep=False` none is stored."""
        if not request.description.strip():
            raise InvalidInputError(NO_DESCRIPTION)
        asked = request.description
        if request.style and request.style.strip():
            asked += f"\nStyle: {request.style}"
        with self._in_flight.request(guild_id, user_id):
            model = await self._catalogue.chat_model()
            small = await self._catalogue.is_small(model)
            examples, sampling = self._examples if small else (), sampling_for(small=small)
            if request.temperature is not None:
                sampling = replace(sampling, temperature=request.temperature)
            prompt = (Message("system", SYSTEM), *examples, Message("user", asked))
            limit = MAX_LINE_TOKENS if small else None
            completion = await self._llm.complete(model, prompt, n=request.count, sampling=sampling, max_tokens=limit)
        usage_id = await self._usage.completion(guild_id, user_id, KIND, completion)
        texts = tuple(text for text in completion.texts if text)
        if not texts:
            raise ServerNonsenseError(EMPTY_SLOGAN)
        number = None
        if keep:
            number = await self._generations.keep(usage_id, request.description, asdict(request), completion)
        return Slogans(number, request.description, texts, len(examples) // 2)

    async def again(self, guild_id: int, user_id: int, generation_id: int) -> Slogans:
        """The same request once more. Raises `NotFoundError`."""
        asked = await self._generations.find(guild_id, generation_id)
        return await self.write(guild_id, user_id, _REQUEST.adapter.validate_python(asked.request))
