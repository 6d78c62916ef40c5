"""Which model to ask: the configured one if its server lists it, else one that it does list."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from bot.errors import ModelServerError
from bot.model_server.client import LLM
from bot.model_server.models import RemoteModel
from bot.settings import Settings
from bot.texts import server as texts

log = logging.getLogger(__name__)

FRESH_SECONDS = 600.0
RETRY_SECONDS = 30.0
# Words in the ids of models that generate pictures, and in those of models that need a picture first.
IMAGE, NOT_FROM_TEXT = (
    ("image", "dall-e", "flux", "stable-diffusion", "stablediffusion", "sdxl"),
    ("edit", "imagetotext"),
)
# Where a server lists several, the first of these: OpenAI's fast and inexpensive ones before others, and those that it retired last.
IMAGE_FIRST = ("gpt-image-1-mini", "gpt-image-2.5-flare", "gpt-image-2", "gpt-image-1.5", "gpt-image-1", "dall-e-3")
OFF = "off"
# Words in the ids of models that do not chat; OpenAI's list tells no capabilities.
NOT_CHAT = (
    *IMAGE,
    "embed",
    "audio",
    "realtime",
    "transcribe",
    "tts",
    "whisper",
    "moderation",
    "sora",
    "davinci",
    "babbage",
)
# Of models that transcribe; of these, some want a stream, or answer in another form.
TRANSCRIBES, NOT_FOR_FILES = ("transcribe", "whisper"), ("realtime", "diarize")
ENGINE = "punchline"  # whose models learn from text alone
SMALL_BELOW_PARAMETERS = 3_000_000_000
TOO_SMALL_FOR_A_LANGUAGE = 10_000_000  # practice-1 has half a million


class Catalogue:
    """The servers' lists of models, read at most every ten minutes; `monotonic` gives seconds."""

    def __init__(self, llm: LLM, settings: Settings, monotonic: Callable[[], float]) -> None:
        self._llm = llm
        self._settings = settings
        self._monotonic = monotonic
        self._lists: dict[bool, tuple[float, Mapping[str, RemoteModel]]] = {}  # until when, and each model by its id
        self._warned: set[tuple[str, str]] = set()
        self._reading = {False: asyncio.Lock(), True: asyncio.Lock()}

    async def chat_model(self) -> str:
        """The model that answers while a server has no fine-tuned one."""
        return self._choose(self._settings.chat_model, await self._listed(fine_tuned=False), is_chat)

    async def embedding_model(self) -> str:
        """The model that turns texts into vectors."""
        return self._choose(self._settings.embedding_model, await self._listed(fine_tuned=False), is_embedding)

    def known_embedding_model(self) -> str | None:
        """The same, if it can be said without asking the server."""
        until, models = self._lists.get(False, (float("-inf"), {}))
        return self._choose(self._settings.embedding_model, models, is_embedding) if self._monotonic() < until else None

    async def transcription_model(self) -> str | None:
        """The model that transcribes recordings; None if the server lists none and the operator named none."""
        wanted, listed = self._settings.transcription_model, await self._listed(fine_tuned=False)
        named = "transcription_model" in self._settings.model_fields_set
        if not listed or named or wanted in listed or any(map(transcribes, listed)):
            return self._choose(wanted, listed, transcribes)
        return None

    async def image_model(self) -> str | None:
        """The model that generates pictures; None where the server lists none, or the operator wants none."""
        wanted = self._settings.image_model
        if wanted.lower() == OFF:
            return None
        listed = await self._listed(fine_tuned=False)
        found = self._choose(wanted, sorted(listed, key=_image_rank), is_image)
        return found if found in listed else None

    async def base_model(self) -> str:
        """The model that fine-tuning starts from unless an admin names another."""
        return self._choose(self._settings.finetune_model, await self._tunable(), is_chat)

    async def base_models(self) -> tuple[str, ...]:
        """What an admin may choose from, the usual one first."""
        usual = await self.base_model()
        others = (model for model in await self._tunable() if is_chat(model) and model != usual)
        return (usual, *others)

    async def _tunable(self) -> Sequence[str]:
        return [model.id for model in (await self._listed(fine_tuned=True)).values() if model.tunable]

    async def trains_on_tools(self, base_model: str) -> bool:
        """Whether examples that use tools can be trained on: everywhere but on the engine, as far as is known."""
        listed = (await self._listed(fine_tuned=True)).get(base_model)
        return listed is None or listed.owned_by != ENGINE

    async def trains_by(self, base_model: str, method: str) -> bool:
        """Whether a model can be fine-tuned by this method of OpenAI's. Assumed if the server does not list methods."""
        listed = (await self._listed(fine_tuned=True)).get(base_model)
        return listed is None or listed.methods is None or method in listed.methods

    async def calls_tools(self, model: str) -> bool | None:
        """Whether a chat model can call functions; None if the server does not list it."""
        listed = (await self._listed(fine_tuned=False)).get(model)
        return listed.calls_tools if listed else None

    async def is_small(self, model: str, *bases: str, fine_tuned: bool = False) -> bool:
        """Whether a model has few parameters. A tuned model that is not listed yet is as small as its base.

        A model of unknown size counts as large, as OpenAI's are.
        """
        parameters = await self._parameters(model, *bases, fine_tuned=fine_tuned)
        return parameters is not None and parameters < SMALL_BELOW_PARAMETERS

    async def learns_at_once(self, base_model: str) -> bool:
        """Whether one epoch teaches a format: a small model that knew a language before. One that did not needs more of them."""
        parameters = await self._parameters(base_model, fine_tuned=True)
        return parameters is not None and TOO_SMALL_FOR_A_LANGUAGE <= parameters < SMALL_BELOW_PARAMETERS

    async def _parameters(self, *models: str, fine_tuned: bool) -> int | None:
        listed = await self._listed(fine_tuned=fine_tuned)
        known = (listed[name].parameters for name in models if name in listed)
        return next((number for number in known if number is not None), None)

    async def _listed(self, *, fine_tuned: bool) -> Mapping[str, RemoteModel]:
        until, models = self._lists.get(fine_tuned, (float("-inf"), {}))
        if self._monotonic() < until:
            return models
        async with self._reading[fine_tuned]:
            until, models = self._lists.get(fine_tuned, (float("-inf"), {}))
            return models if self._monotonic() < until else await self._read(models, fine_tuned=fine_tuned)

    async def _read(self, models: Mapping[str, RemoteModel], *, fine_tuned: bool) -> Mapping[str, RemoteModel]:
        try:
            listed, fresh = await self._llm.list_models(fine_tuned=fine_tuned), FRESH_SECONDS
            models = {model.id: model for model in listed}
        except ModelServerError as error:
            log.warning(texts.NO_LIST, error)
            fresh = RETRY_SECONDS
        self._lists[fine_tuned] = (self._monotonic() + fresh, models)
        return models

    def _choose(self, wanted: str, listed: Iterable[str], fits: Callable[[str], bool]) -> str:
        found = wanted if wanted in listed else next((model for model in listed if fits(model)), wanted)
        if wanted and found != wanted and (wanted, found) not in self._warned:
            self._warned.add((wanted, found))
            log.warning(texts.INSTEAD, wanted, found)
        return found


def is_chat(model: str) -> bool:
    """Whether a base model of this id chats, as far as its name tells."""
    return not model.startswith("ft:") and not any(word in model for word in NOT_CHAT)


def transcribes(model: str) -> bool:
    """Whether a model of this id transcribes recordings, as far as its name tells."""
    return any(word in model for word in TRANSCRIBES) and not any(word in model for word in NOT_FOR_FILES)


def is_image(model: str) -> bool:
    """Whether a model of this id generates pictures from text, as far as its name tells."""
    name = model.lower()
    return any(word in name for word in IMAGE) and not any(word in name for word in NOT_FROM_TEXT)


def _image_rank(model: str) -> int:
    places = (place for place, name in enumerate(IMAGE_FIRST) if model.startswith(name))
    return next(places, len(IMAGE_FIRST))


def is_embedding(model: str) -> bool:
    """Whether a model of this id makes embeddings, as far as its name tells."""
    return "embed" in model
