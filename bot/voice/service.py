"""What members say in recordings, as text: for one answer, and kept nowhere."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from bot.catalogue import Catalogue
from bot.characters import visible
from bot.errors import InvalidInputError, RemoteNotFoundError, TranscriptionNotAvailableError
from bot.in_flight import InFlight
from bot.metering.ledger import Charge
from bot.metering.meter import Meter
from bot.model_server.transcription import Audio
from bot.texts import voice as texts
from bot.texts.template import clip
from bot.voice.measuring import MAX_SECONDS, Measuring
from bot.voice.room import Room

PURPOSE = "transcription"
MEGABYTE = 1024 * 1024
MAX_BYTES = 25 * MEGABYTE  # OpenAI's limit


@dataclass(frozen=True)
class Heard:
    """The words of a recording on one line, and whether some had to be left out."""

    text: str
    cut: bool = False

    @classmethod
    def at_most(cls, characters: int, text: str) -> "Heard":
        """What fits into so many characters; an ellipsis stands for the rest."""
        line = " ".join(visible(text).split())
        return cls(clip(line, characters), len(line) > characters)


class VoiceService:
    """Transcribes recordings. Neither a recording nor its words are stored here."""

    def __init__(self, meter: Meter, catalogue: Catalogue, in_flight: InFlight) -> None:
        self._meter = meter
        self._catalogue = catalogue
        self._in_flight = in_flight
        self._measuring = Measuring()
        self._room = Room()

    def room_for(self, size: int) -> AbstractAsyncContextManager[None]:
        """Memory to download a recording of so many bytes into. Raises `InvalidInputError` where that is more than one may have; on
        entering it raises `LimitError` where too many others are at theirs."""
        if size > MAX_BYTES:
            values = {"size": size / MEGABYTE, "most": MAX_BYTES / MEGABYTE, "minutes": MAX_SECONDS // 60}
            raise InvalidInputError(texts.TOO_LARGE, **values)
        return self._room.of(size)

    async def transcribe(
        self, guild_id: int, user_id: int, content: bytes, said_seconds: float | None, *, characters: int
    ) -> Heard:
        """The words in a file, so many characters of them at most. `said_seconds` is how long Discord says that it is.

        Raises `InvalidInputError` where it is no recording, too long or without words, `TranscriptionNotAvailableError`, and what
        `Meter` raises.
        """
        model = await self._catalogue.transcription_model()
        if model is None:
            raise TranscriptionNotAvailableError(texts.NO_MODEL)
        with self._in_flight.request(guild_id, user_id):
            found, seconds = await self._measuring.measure(content, said_seconds)
            # What a member called the file is nobody's business.
            audio = Audio(content, f"voice.{found.ending}", found.media_type, seconds)
            try:
                transcript = await self._meter.transcribe(Charge(guild_id, user_id, PURPOSE), model, audio)
            except RemoteNotFoundError as error:
                raise TranscriptionNotAvailableError(
                    texts.NO_MODEL, code=error.code, request_id=error.request_id
                ) from error
        heard = Heard.at_most(characters, transcript.text)
        if not heard.text:
            raise InvalidInputError(texts.NOTHING_HEARD)
        return heard
