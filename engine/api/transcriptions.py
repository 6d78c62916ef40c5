"""/v1/audio/transcriptions: what is said in a recording."""

import asyncio
import math
from pathlib import Path
from typing import Annotated, Literal

from aiohttp import web
from openai.types.audio import Transcription, TranscriptionSegment, TranscriptionVerbose, TranscriptionWord
from openai.types.audio.transcription import UsageDuration
from openai.types.audio.transcription_verbose import Usage as VerboseUsage
from pydantic import BeforeValidator, Field

from engine.api.body import Body, Unsupported, parse_fields, wrong
from engine.api.replies import reply
from engine.api.services import Services, services_of
from engine.api.subtitles import srt, vtt
from engine.api.uploads import Form, receive
from engine.jobs.checks import MIB
from engine.protocol.errors import ApiError, invalid
from engine.protocol.objects import new_id
from engine.speech import whisper
from engine.speech.recording import RecordingError
from engine.speech.transcriber import BusyError, Transcriber, TranscriberError
from engine.speech.transcript import Transcript, TranscriptionTask
from engine.storage.files import remove

MAX_RECORDING_BYTES = 25 * MIB
MAX_PROMPT_CHARACTERS = 4000
_ONE_LANGUAGE = "give one 'language', or none, and it listens for it"


def _as_number(given: object) -> object:
    if isinstance(given, str):
        try:
            return float(given)
        except ValueError:
            raise wrong("expected a number") from None
    return given


class TranscriptionRequest(Body):
    """The fields of POST /v1/audio/transcriptions beside its file. All come as text."""

    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "chunking_strategy": Unsupported("it always cuts a recording where nobody speaks", ("auto",)),
        "include": Unsupported("it tells the probability of each segment (verbose_json), not of each token"),
        "keywords": Unsupported("name them in the 'prompt'"),
        "known_speaker_names": Unsupported("it does not tell speakers apart"),
        "known_speaker_references": Unsupported("it does not tell speakers apart"),
        "languages": Unsupported(_ONE_LANGUAGE),
        "stream": Unsupported("its transcripts come as a whole", ("false",)),
    }

    model: str
    language: str | None = None
    prompt: Annotated[str, Field(max_length=MAX_PROMPT_CHARACTERS)] | None = None
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] | None = None
    temperature: Annotated[float, Field(ge=0, le=1), BeforeValidator(_as_number)] | None = None
    timestamp_granularities: list[Literal["word", "segment"]] | None = None

    def check(self) -> None:
        """Raises ApiError."""
        if self.timestamp_granularities and self.response_format != "verbose_json":
            raise invalid("timestamp_granularities", "they are part of the response_format 'verbose_json' alone")


_KNOWN = {*TranscriptionRequest.model_fields, *TranscriptionRequest.unsupported}


def _check_size(size: int) -> None:
    if size > MAX_RECORDING_BYTES:
        message = f"The recording is larger than {MAX_RECORDING_BYTES // MIB} MB. Send a shorter or a compressed one."
        raise ApiError(message, status=413, param="file", code="file_too_large")


def _check_field(name: str, text: str) -> None:
    if len(text.encode()) >= _FORM.field_bytes:
        raise invalid(name.partition("[")[0], f"it may have at most {MAX_PROMPT_CHARACTERS} characters")


# A character has up to four bytes.
_FORM = Form(
    required=["model"],
    takes=lambda name: name.partition("[")[0] in _KNOWN,
    check_file=_check_size,
    check_field=_check_field,
    field_bytes=4 * MAX_PROMPT_CHARACTERS + 1,
)


async def create_transcription(request: web.Request) -> web.Response:
    """POST /v1/audio/transcriptions. A recording in which nobody speaks has an empty text."""
    services = services_of(request)
    if services.transcriber is None:
        message = f"This engine has no speech model: its log says why. {whisper.NAME} comes with `make setup`."
        raise ApiError(message, status=404, code="model_not_found")
    _check_queue(services.transcriber)
    await asyncio.to_thread(services.limits.check_disk, services.files)
    draft = services.files / new_id("upload-")
    recording, sound = draft.with_suffix(".part"), draft.with_suffix(".1.part")
    try:
        asked = parse_fields((await receive(request, recording, _FORM)).fields, TranscriptionRequest)
        asked.check()
        await _check_model(services, asked.model)
        task = TranscriptionTask(
            sound=sound,
            language=asked.language or None,
            prompt=asked.prompt or "",
            temperature=asked.temperature or 0.0,
            words="word" in (asked.timestamp_granularities or ()),
        )
        transcript, seconds = await _transcribe(services.transcriber, recording, task)
    finally:
        for path in (recording, sound):
            await asyncio.to_thread(remove, path)
    return _answer(asked, transcript, seconds)


def _check_queue(transcriber: Transcriber) -> None:
    try:
        transcriber.check_queue()
    except BusyError as error:
        raise _busy() from error


def _busy() -> ApiError:
    message = "Too many recordings are waiting already. Try again when some of them are done."
    return ApiError(message, status=429, kind="rate_limit_error", code="transcription_queue_full")


async def _check_model(services: Services, model_id: str) -> None:
    model = await services.catalogue.find(model_id)
    if model.id != whisper.NAME:
        message = f"`{model_id}` is not a speech model. Use `{whisper.NAME}`."
        raise ApiError(message, status=404, param="model", code="model_not_found")


async def _transcribe(transcriber: Transcriber, recording: Path, task: TranscriptionTask) -> tuple[Transcript, float]:
    try:
        return await transcriber.transcribe(recording, task)
    except BusyError as error:
        raise _busy() from error
    except RecordingError as error:
        raise ApiError(error.message, param="file", code=error.code) from error
    except TranscriberError as error:
        if error.param:
            raise invalid(error.param, error.message, "unsupported_value") from error
        raise ApiError(error.message, status=503, kind="server_error", code="server_error") from error


def _answer(asked: TranscriptionRequest, transcript: Transcript, seconds: float) -> web.Response:
    billed = math.ceil(seconds)
    match asked.response_format:
        case "text":
            return web.Response(text=f"{transcript.text}\n")
        case "srt":
            return web.Response(text=srt(transcript.segments))
        case "vtt":
            return web.Response(text=vtt(transcript.segments), content_type="text/vtt")
        case "verbose_json":
            wanted = asked.timestamp_granularities or ["segment"]
            segments = [TranscriptionSegment.model_validate(one.model_dump()) for one in transcript.segments]
            words = [TranscriptionWord(word=one.word, start=one.start, end=one.end) for one in transcript.words]
            verbose = TranscriptionVerbose(
                duration=seconds,
                language=transcript.language,
                text=transcript.text,
                segments=segments if "segment" in wanted else None,
                words=words if "word" in wanted else None,
                usage=VerboseUsage(type="duration", seconds=billed),
            )
            return reply(verbose)
        case _:
            usage = UsageDuration(type="duration", seconds=billed)
            return reply(Transcription(text=transcript.text, usage=usage))
