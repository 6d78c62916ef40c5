"""Slogans for a company, as in OpenAI's cookbook, by the server's own model if it has one. Small base models get examples."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from weakref import WeakValueDictionary

from bot.datasets.near_copies import spelled
from bot.errors import ConflictError, InvalidInputError, ServerNonsenseError
from bot.generations import GenerationService
from bot.in_flight import InFlight
from bot.kinds import SLOGAN
from bot.model_server.chat import Message
from bot.store.document import Document
from bot.store.models import RegisteredModel
from bot.texts.jokes import EMPTY_SLOGAN, NO_DESCRIPTION, OUT_OF_SLOGANS
from bot.writing.teller import Asked, Draw, Teller, Told

VARIATIONS, TRIES = 3, 2
ANOTHER = "Write another slogan in the same manner: {text}"  # for the model, after each slogan that it is to vary


@dataclass(frozen=True)
class SloganRequest:
    """What a member asked for; `temperature` and `model` are None unless they chose one. `like` is the generation to write variations of."""

    description: str
    count: int = 1
    temperature: float | None = None
    style: str | None = None
    model: str | None = None
    like: int | None = None

    @property
    def text(self) -> str:
        """The user's message: the description, and the style on a line of its own."""
        style = f"\nStyle: {self.style}" if self.style and self.style.strip() else ""
        return self.description + style


_REQUEST = Document(SloganRequest)


@dataclass(frozen=True)
class Slogans:
    """The answers to one request, and their generation id (None: not saved). `tuned` wrote them, or with None the base with `examples`
    from the guild's `prompt` (None: the shipped one). `lost` is the guild's own model if that is gone."""

    id: int | None
    description: str
    texts: tuple[str, ...]
    tuned: RegisteredModel | None
    examples: int
    lost: RegisteredModel | None = None
    prompt: str | None = None


class SloganService:
    """Writes slogans."""

    def __init__(self, teller: Teller, generations: GenerationService, in_flight: InFlight) -> None:
        self._teller = teller
        self._generations = generations
        self._in_flight = in_flight
        self._turns: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()

    async def write(
        self, guild_id: int, user_id: int, request: SloganRequest, *, channel_id: int | None = None, keep: bool = True
    ) -> Slogans:
        """As many slogans as asked for, by the wanted model, else the active one, else the base.

        `channel_id` is where they were asked for; with `keep=False` none is stored. Raises `NotFoundError` if the guild has no such
        model, or the slogans to vary are gone; `ConflictError` if no variation is new.
        """
        if not request.description.strip():
            raise InvalidInputError(NO_DESCRIPTION)
        if request.like is not None:
            return await self._vary(guild_id, user_id, request, request.like, channel_id)
        with self._in_flight.request(guild_id, user_id):
            asked = Asked.about(SLOGAN, request.text, request.temperature)
            told, lost = await self._ask(guild_id, user_id, request, asked)
        texts = _said(told)[: request.count]
        if not keep:
            return _slogans(None, request, told, texts, lost)
        return await self._keep(request, told, texts, lost, channel_id)

    async def again(self, guild_id: int, user_id: int, generation_id: int, *, channel_id: int | None = None) -> Slogans:
        """The same request once more. Raises `NotFoundError`."""
        return await self.write(guild_id, user_id, await self._request(guild_id, generation_id), channel_id=channel_id)

    async def corrected(
        self, guild_id: int, user_id: int, generation_id: int, description: str, *, channel_id: int | None = None
    ) -> Slogans:
        """The same request about another company. Raises `NotFoundError`."""
        request = replace(await self._request(guild_id, generation_id), description=description, like=None)
        return await self.write(guild_id, user_id, request, channel_id=channel_id)

    async def variations(
        self, guild_id: int, user_id: int, generation_id: int, *, channel_id: int | None = None
    ) -> Slogans:
        """Up to three new slogans in the style of those, or of the one that was chosen.

        Raises `NotFoundError`, `ConflictError` if none is new.
        """
        request = replace(await self._request(guild_id, generation_id), count=VARIATIONS, like=generation_id)
        return await self.write(guild_id, user_id, request, channel_id=channel_id)

    async def _request(self, guild_id: int, generation_id: int) -> SloganRequest:
        asked = await self._generations.find(guild_id, generation_id)
        return _REQUEST.adapter.validate_python(asked.request)

    async def _vary(
        self, guild_id: int, user_id: int, request: SloganRequest, like: int, channel_id: int | None
    ) -> Slogans:
        asked = Asked(SLOGAN, await self._so_far(guild_id, request, like), request.temperature)
        turn = self._turns.setdefault((guild_id, request.description), asyncio.Lock())  # or two could find the same new
        with self._in_flight.request(guild_id, user_id):
            async with turn:
                known = await self._generations.shown(guild_id, SLOGAN.name, request.description)
                for _ in range(TRIES):
                    told, lost = await self._ask(guild_id, user_id, request, asked)
                    if new := _new(_whole(told) or _said(told), known):
                        return await self._keep(request, told, new[: request.count], lost, channel_id)
        raise ConflictError(OUT_OF_SLOGANS)

    async def _so_far(self, guild_id: int, request: SloganRequest, like: int) -> tuple[Message, ...]:
        """The chat so far: each slogan as an answer, followed by a request for another."""
        chosen = await self._generations.chosen(like)
        texts = (await self._generations.find(guild_id, like)).texts if chosen is None else (chosen,)
        another = Message("user", ANOTHER.format(text=request.text))
        turns = [Message("user", request.text)]
        for text in texts:
            turns += [Message("assistant", text), another]
        return tuple(turns)

    async def _ask(
        self, guild_id: int, user_id: int, request: SloganRequest, asked: Asked
    ) -> tuple[Told, RegisteredModel | None]:
        draw = Draw(request.count, request.count, ranked=False)
        return await self._teller.ask(guild_id, user_id, asked, request.model, draw)

    async def _keep(
        self,
        request: SloganRequest,
        told: Told,
        texts: Sequence[str],
        lost: RegisteredModel | None,
        channel_id: int | None,
    ) -> Slogans:
        kept = replace(told.completion, texts=tuple(texts))
        fine_tuned = told.tuned is not None
        number = await self._generations.keep(
            told.usage_id, request.description, asdict(request), kept, fine_tuned=fine_tuned, channel_id=channel_id
        )
        return _slogans(number, request, told, texts, lost)


def _slogans(
    number: int | None, request: SloganRequest, told: Told, texts: Sequence[str], lost: RegisteredModel | None
) -> Slogans:
    prompt = told.prompt.label if told.prompt else None
    return Slogans(number, request.description, tuple(texts), told.tuned, told.examples, lost, prompt)


def _said(told: Told) -> Sequence[str]:
    texts = [text for text in told.completion.texts if text]
    if not texts:
        raise ServerNonsenseError(EMPTY_SLOGAN)
    return texts


def _whole(told: Told) -> Sequence[str]:
    """The answers that did not reach the token limit. Small models that repeat themselves reach it."""
    completion = told.completion
    return [text for text, cut in zip(completion.texts, completion.cut, strict=True) if text and not cut]


def _new(texts: Sequence[str], known: frozenset[str]) -> Sequence[str]:
    """The texts that differ from all known ones and from each other."""
    seen, new = {spelled(text) for text in known}, list[str]()
    for text in texts:
        if spelled(text) not in seen:
            seen.add(spelled(text))
            new.append(text)
    return new
