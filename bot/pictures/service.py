"""What members do with pictures: posters of slogans, and share cards of jokes."""

import asyncio
import logging

from bot.catalogue import Catalogue
from bot.drawing import Charts
from bot.errors import LimitError, NotFoundError, UserError
from bot.generations import GenerationService
from bot.kinds import JOKE, SLOGAN, Kind
from bot.metering.ledger import Charge
from bot.metering.meter import Meter
from bot.model_server.images import ImageRequest, Quality
from bot.pictures.finished import Finished, Offer, Slogan
from bot.pictures.lettering import lettered, prompt_for
from bot.pictures.turns import Key, Turns
from bot.posters.mood import EXAMPLES, Mood, needs_meaning
from bot.posters.service import Poster, ShareCard, draw
from bot.registry.service import Registry
from bot.similarity.labels import LabelService
from bot.store.generations import Generation
from bot.texts import pictures as texts
from bot.texts.jokes import GONE

log = logging.getLogger(__name__)

POSTER = "poster"  # the kind in the ledger
MEANING_SECONDS = 3.0  # to wait for the embedding model
LIST_SECONDS = 1.0  # to wait for the list of models, since Discord waits three for the first answer


class PictureService:
    """Makes pictures and keeps none."""

    def __init__(
        self,
        meter: Meter,
        catalogue: Catalogue,
        generations: GenerationService,
        registry: Registry,
        labels: LabelService,
        charts: Charts,
        turns: Turns,
        quality: Quality,
    ) -> None:
        self._meter = meter
        self._catalogue = catalogue
        self._generations = generations
        self._registry = registry
        self._labels = labels
        self._charts = charts
        self._turns = turns
        self._quality = quality
        self._reading: asyncio.Task[str | None] | None = None

    async def slogans(self, guild_id: int, generation_id: int, place: int | None = None) -> tuple[Slogan, ...]:
        """The slogan at that place, else the one that a member chose, else all of the message. Raises `NotFoundError`."""
        found = await self._find(guild_id, generation_id, SLOGAN)
        description = str(found.request.get(SLOGAN.option, ""))
        slogans = tuple(Slogan(found.id, number, text, description) for number, text in enumerate(found.texts))
        if place is not None:
            slogans = slogans[place : place + 1]
        elif (chosen := await self._generations.chosen(generation_id)) is not None:
            slogans = tuple(one for one in slogans if one.text == chosen)[:1] or slogans
        if not slogans:
            raise NotFoundError(GONE)
        return slogans

    async def offer(self, slogan: Slogan) -> Offer | None:
        """Who would generate a picture, and at what price; None where only drawing is left, or the list of models does not come soon."""
        model = await self._image_model()
        if model is None:
            return None
        return Offer(model, self._meter.ledger.image_cost(self._request(model, slogan)))

    async def generate(self, guild_id: int, user_id: int, slogan: Slogan, model: str) -> Finished:
        """A poster with a picture by the model. Raises `BlockedError`, `LimitError`, `ConflictError` and `ModelServerError`."""
        async with self._turns.turn(user_id, *_wanted(guild_id, slogan), drawn=False):
            request = self._request(model, slogan)
            image = await self._meter.generate(Charge(guild_id, user_id, POSTER), request)
            return await lettered(self._charts, slogan, model, image)

    async def draw(self, guild_id: int, user_id: int, slogan: Slogan) -> Finished:
        """A typographic poster. Raises the same, and `InvalidInputError` if no font has any of its characters."""
        async with self._turns.turn(user_id, *_wanted(guild_id, slogan), drawn=True):
            return await self._drawn(
                Poster(slogan.text, slogan.description, await self._mood(guild_id, user_id, slogan.text))
            )

    async def _mood(self, guild_id: int, user_id: int, text: str) -> Mood | None:
        """The mood of a slogan by its meaning. None if its words decide, no mood is close, or the model fails or takes too long."""
        if not needs_meaning(text):
            return None
        try:
            async with asyncio.timeout(MEANING_SECONDS):
                chosen = (await self._labels.nearest(guild_id, user_id, text, EXAMPLES)).chosen
        except (UserError, TimeoutError) as error:
            log.info("Could not compare a slogan with the moods; its poster is drawn without: %r", error)
            return None
        return Mood(chosen) if chosen else None

    async def find_joke(self, guild_id: int, generation_id: int) -> Generation:
        """A joke of this server. Raises `NotFoundError`."""
        return await self._find(guild_id, generation_id, JOKE)

    async def share(self, guild_id: int, user_id: int, joke: Generation) -> Finished:
        """A card of a joke with its votes so far. Raises as `draw` does."""
        scenario, text = str(joke.request.get(JOKE.option, "")), "\n".join(joke.texts)
        async with self._turns.turn(user_id, (guild_id, joke.id, 0), (scenario, text), drawn=True):
            tally = await self._generations.tally(joke.id)
            card = ShareCard(scenario, text, tally.funny, tally.flat, await self._teller(guild_id, joke))
            return await self._drawn(card)

    async def _find(self, guild_id: int, generation_id: int, kind: Kind) -> Generation:
        found = await self._generations.find(guild_id, generation_id)
        if found.kind != kind.name:
            raise NotFoundError(GONE)
        return found

    async def _image_model(self) -> str | None:
        """The list is read to its end all the same, so that the next press knows it."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._catalogue.image_model())
            self._reading.add_done_callback(self._forget_reading)
        done, _ = await asyncio.wait({self._reading}, timeout=LIST_SECONDS)
        return next((task.result() for task in done), None)

    def _forget_reading(self, _task: asyncio.Task[str | None]) -> None:
        self._reading = None

    def _request(self, model: str, slogan: Slogan) -> ImageRequest:
        return ImageRequest(model, prompt_for(slogan), self._quality)

    async def _drawn(self, wanted: Poster | ShareCard) -> Finished:
        picture = await draw(self._charts, wanted)
        if picture is None:
            raise LimitError(texts.NOT_DRAWN)
        return Finished(picture.png, "png", picture.alt, picture.missing, picture.cut)

    async def _teller(self, guild_id: int, joke: Generation) -> str:
        """What a server calls the model: its own name for it, and no id that says nothing to members."""
        if not joke.fine_tuned:
            return joke.model
        known = await self._registry.models(guild_id)
        models = (*known.models, *known.archived)
        name = next((one.name for one in models if one.model == joke.model), None)
        return name or str(texts.OWN_MODEL)


def _wanted(guild_id: int, slogan: Slogan) -> tuple[Key, tuple[str, str]]:
    return (guild_id, slogan.generation_id, slogan.place), (slogan.text, slogan.description)
