"""Slogans for a company, as in OpenAI's cookbook; a small model gets examples as well, and a server's own model is asked first."""

from dataclasses import asdict, dataclass

from bot.errors import InvalidInputError, ServerNonsenseError
from bot.generations import GenerationService
from bot.in_flight import InFlight
from bot.kinds import SLOGAN
from bot.store.document import Document
from bot.store.models import RegisteredModel
from bot.texts.jokes import EMPTY_SLOGAN, NO_DESCRIPTION
from bot.writing.teller import Asked, Draw, Teller


@dataclass(frozen=True)
class SloganRequest:
    """What a member asked for; `temperature` and `model` are None unless they chose one."""

    description: str
    count: int = 1
    temperature: float | None = None
    style: str | None = None
    model: str | None = None

    @property
    def text(self) -> str:
        """What the model is asked: a style is added to the description in a line of its own."""
        style = f"\nStyle: {self.style}" if self.style and self.style.strip() else ""
        return self.description + style


_REQUEST = Document(SloganRequest)


@dataclass(frozen=True)
class Slogans:
    """The answers to one request, and their number (None: they could not be stored). `tuned` wrote them, or with None the base, which
    was shown `examples`; `lost` is the guild's own model where that is gone."""

    id: int | None
    description: str
    texts: tuple[str, ...]
    tuned: RegisteredModel | None
    examples: int
    lost: RegisteredModel | None = None


class SloganService:
    """Writes slogans."""

    def __init__(self, teller: Teller, generations: GenerationService, in_flight: InFlight) -> None:
        self._teller = teller
        self._generations = generations
        self._in_flight = in_flight

    async def write(
        self, guild_id: int, user_id: int, request: SloganRequest, *, channel_id: int | None = None
    ) -> Slogans:
        """As many slogans as asked for, by the wanted model, else by the guild's active one, else by the base.

        `channel_id` is where they were asked for. Raises `NotFoundError` if the guild has no such model.
        """
        if not request.description.strip():
            raise InvalidInputError(NO_DESCRIPTION)
        asked = Asked.about(SLOGAN, request.text, request.temperature)
        draw = Draw(request.count, request.count, ranked=False)
        with self._in_flight.request(guild_id, user_id):
            told, lost = await self._teller.ask(guild_id, user_id, asked, request.model, draw)
        texts = tuple(text for text in told.completion.texts if text)
        if not texts:
            raise ServerNonsenseError(EMPTY_SLOGAN)
        number = await self._generations.keep(
            told.usage_id,
            request.description,
            asdict(request),
            told.completion,
            fine_tuned=told.tuned is not None,
            channel_id=channel_id,
        )
        return Slogans(number, request.description, texts, told.tuned, told.examples, lost)

    async def again(self, guild_id: int, user_id: int, generation_id: int, *, channel_id: int | None = None) -> Slogans:
        """The same request once more. Raises `NotFoundError`."""
        asked = await self._generations.find(guild_id, generation_id)
        request = _REQUEST.adapter.validate_python(asked.request)
        return await self.write(guild_id, user_id, request, channel_id=channel_id)
