"""Jokes by the guild's own fine-tuned model, or by the base with examples in the prompt."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from weakref import WeakValueDictionary

from bot.datasets.near_copies import spelled
from bot.errors import ConflictError, InvalidInputError, ServerNonsenseError
from bot.generations import GenerationService
from bot.in_flight import InFlight
from bot.jokes.filters import JokeFilters, likeliest
from bot.kinds import JOKE
from bot.store.document import Document
from bot.store.models import RegisteredModel
from bot.texts.jokes import EMPTY_JOKE, NO_SCENARIO, OUT_OF_IDEAS
from bot.writing.teller import Asked, Draw, Teller, Told

# The requests to make, in order, until one returns a usable joke: for a first joke, and for *Another*, which must be new.
BEST_OF = 3
FIRST = (Draw(large=1, small=BEST_OF),)
ANOTHER = (*FIRST, Draw(large=3, small=BEST_OF))


@dataclass(frozen=True)
class JokeRequest:
    """What a member asked for; `model` is None unless they named one."""

    scenario: str
    model: str | None = None


_REQUEST = Document(JokeRequest)


@dataclass(frozen=True)
class Joke:
    """A joke and its number (None: it could not be stored). `tuned` told it, or with None the base, which was shown `examples` by a
    `prompt` of the guild's (None: the shipped one); `lost` is the guild's own model where that is gone.
    """

    id: int | None
    scenario: str
    text: str
    tuned: RegisteredModel | None
    examples: int
    lost: RegisteredModel | None = None
    prompt: str | None = None


class JokeService:
    """Tells jokes."""

    def __init__(
        self,
        teller: Teller,
        generations: GenerationService,
        filters: JokeFilters,
        in_flight: InFlight,
    ) -> None:
        self._teller = teller
        self._generations = generations
        self._filters = filters
        self._in_flight = in_flight
        self._turns: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()

    async def tell(
        self,
        guild_id: int,
        user_id: int,
        scenario: str,
        model: str | None = None,
        *,
        channel_id: int | None = None,
        keep: bool = True,
    ) -> Joke:
        """A joke by `model`, else by the guild's active one, else by the base with examples; so also if the active one is gone.

        `channel_id` is where it was asked for. With `keep=False` it is not stored. Raises `NotFoundError` if the guild has no such model.
        """
        if not scenario.strip():
            raise InvalidInputError(NO_SCENARIO)
        with self._in_flight.request(guild_id, user_id):
            return await self._tell(guild_id, user_id, JokeRequest(scenario, model), channel_id, keep=keep)

    async def corrected(
        self, guild_id: int, user_id: int, joke_id: int, scenario: str, *, channel_id: int | None = None
    ) -> Joke:
        """A joke by the same model on another scenario. Raises `NotFoundError`."""
        asked = await self._generations.find(guild_id, joke_id)
        model = _REQUEST.adapter.validate_python(asked.request).model
        return await self.tell(guild_id, user_id, scenario, model, channel_id=channel_id)

    async def another(self, guild_id: int, user_id: int, joke_id: int, *, channel_id: int | None = None) -> Joke:
        """A joke on the same scenario that the guild was never shown. Raises `NotFoundError`, `ConflictError` if none comes."""
        asked = await self._generations.find(guild_id, joke_id)
        request = _REQUEST.adapter.validate_python(asked.request)
        turn = self._turns.setdefault(
            (guild_id, request.scenario), asyncio.Lock()
        )  # or two could find the same joke new
        with self._in_flight.request(guild_id, user_id):
            async with turn:
                return await self._tell(guild_id, user_id, request, channel_id, again=True)

    async def _tell(
        self,
        guild_id: int,
        user_id: int,
        request: JokeRequest,
        channel_id: int | None,
        *,
        again: bool = False,
        keep: bool = True,
    ) -> Joke:
        # Read this first: a busy database must not cost a joke that is already paid for.
        shown = await self._filters.shown(guild_id, request.scenario) if again else set()
        said = False
        for draw in ANOTHER if again else FIRST:
            asked = Asked.about(JOKE, request.scenario)
            told, lost = await self._teller.ask(guild_id, user_id, asked, request.model, draw)
            jokes: Sequence[str] = likeliest(told.completion)
            said = said or bool(jokes)
            jokes = [joke for joke in jokes if spelled(joke) not in shown]
            if told.small:
                jokes = await self._filters.narrow(guild_id, user_id, request.scenario, told, jokes)
            if jokes:
                number = await self._keep(request, told, jokes[0], channel_id) if keep else None
                prompt = told.prompt.label if told.prompt else None
                return Joke(number, request.scenario, jokes[0], told.tuned, told.examples, lost, prompt)
        raise ConflictError(OUT_OF_IDEAS) if said else ServerNonsenseError(EMPTY_JOKE)

    async def _keep(self, request: JokeRequest, told: Told, text: str, channel_id: int | None) -> int | None:
        kept = replace(told.completion, texts=(text,))
        fine_tuned = told.tuned is not None
        return await self._generations.keep(
            told.usage_id, request.scenario, asdict(request), kept, fine_tuned=fine_tuned, channel_id=channel_id
        )
