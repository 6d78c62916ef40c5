"""Speech to text through the real client, the real model and real recordings, as someone who has never heard of the bot would use it."""

import os
import re
import signal
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types.audio import TranscriptionVerbose
from openai.types.audio.transcription import UsageDuration

from tests.engine.api.openai_objects import TRANSCRIPTION, VERBOSE_TRANSCRIPTION, faults
from tests.engine.process import EngineProcess, child_of
from tests.engine.speech.sounds import SPOKEN, encoded, music, recording, silence, spoken

MODEL = "whisper-base"
CAT = ("voice-message.ogg", recording("cat"))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+", text.lower())


def refused(client: OpenAI, file: Any, **options: Any) -> tuple[int, str | None, str | None, str]:
    """The status, code, parameter and message of a refusal."""
    with pytest.raises(openai.APIStatusError) as caught:
        client.audio.transcriptions.create(**{"model": MODEL, "file": file, **options})
    body = caught.value.body
    assert isinstance(body, dict)
    return caught.value.status_code, caught.value.code, caught.value.param, body["message"]


def uploads(engine: EngineProcess) -> list[str]:
    return [path.name for path in (engine.data_dir / "files").iterdir()]


def test_the_model_is_listed_and_neither_chats_nor_is_tuned(client: OpenAI) -> None:
    assert MODEL in [model.id for model in client.models.list()]
    with pytest.raises(openai.NotFoundError, match=f"`{MODEL}` is not a chat model"):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
    with pytest.raises(openai.NotFoundError, match=f"`{MODEL}` is not an embedding model"):
        client.embeddings.create(model=MODEL, input="hi")
    told = "`practice-1` is not a speech model. Use `whisper-base`."
    assert refused(client, CAT, model="practice-1") == (404, "model_not_found", "model", told)
    assert refused(client, CAT, model="x")[:3] == (404, "model_not_found", "model")


@pytest.mark.parametrize(
    ("name", "language", "seconds"), [pytest.param("cat", openai.omit, 4, marks=pytest.mark.soak), ("coffee", "en", 5)]
)
def test_a_recording_is_written_down(
    client: OpenAI, speech_engine: EngineProcess, name: str, language: Any, seconds: int
) -> None:
    """Also without a language: the model listens for it."""
    said = client.audio.transcriptions.create(model=MODEL, file=(f"{name}.ogg", recording(name)), language=language)
    assert words(said.text) == words(SPOKEN[name])
    assert said.usage == UsageDuration(type="duration", seconds=seconds)
    assert uploads(speech_engine) == []


@pytest.mark.soak
def test_verbose_json_tells_when_each_piece_and_each_word_was_said(client: OpenAI) -> None:
    answer = client.audio.transcriptions.with_raw_response.create(
        model=MODEL,
        file=("cat.m4a", encoded(spoken("cat"), "ipod", "aac", 44_100)),
        language="en",
        prompt="A joke.",
        temperature=0,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )
    assert faults(answer.http_response.json(), VERBOSE_TRANSCRIPTION) == []
    said = answer.parse()
    assert isinstance(said, TranscriptionVerbose)
    assert (said.language, words(said.text)) == ("en", words(SPOKEN["cat"]))
    assert said.duration == pytest.approx(3.88, abs=0.1)
    assert said.usage is not None
    assert said.usage.seconds == 4
    assert [word for one in said.words or () for word in words(one.word)] == words(SPOKEN["cat"])
    times = [time for one in said.words or () for time in (one.start, one.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= said.duration
    assert "".join(segment.text for segment in said.segments or ()).strip() == said.text
    assert all(segment.avg_logprob < 0 and segment.tokens for segment in said.segments or ())


@pytest.mark.soak
def test_text_and_subtitles_are_plain(client: OpenAI) -> None:
    asked: Any = {"model": MODEL, "file": CAT, "language": "en"}
    span = r"00:00:0\d.\d{3} --> 00:00:0\d.\d{3}"
    text: Any = client.audio.transcriptions.create(**asked, response_format="text")
    assert words(text) == words(SPOKEN["cat"])
    srt: Any = client.audio.transcriptions.create(**asked, response_format="srt")
    assert re.fullmatch(f"1\n{span.replace('d.', 'd,')}\n{re.escape(text.strip())}\n", srt)
    vtt: Any = client.audio.transcriptions.create(**asked, response_format="vtt")
    assert re.fullmatch(f"WEBVTT\n\n{span}\n{re.escape(text.strip())}\n", vtt)


@pytest.mark.parametrize("sound", [silence(3), music(4)], ids=["silence", "music"])
def test_where_nobody_speaks_there_is_no_text(client: OpenAI, sound: Any) -> None:
    """The model alone makes words up for both."""
    file = ("quiet.ogg", encoded(sound))
    plain = client.audio.transcriptions.with_raw_response.create(model=MODEL, file=file)
    assert faults(plain.http_response.json(), TRANSCRIPTION) == []
    assert plain.parse().text == ""
    verbose: Any = client.audio.transcriptions.create(model=MODEL, file=file, response_format="verbose_json")
    assert (verbose.text, verbose.segments) == ("", [])
    vtt: Any = client.audio.transcriptions.create(model=MODEL, file=file, response_format="vtt")
    assert vtt == "WEBVTT\n"


@pytest.mark.parametrize(
    ("file", "refusal"),
    [
        (("a.ogg", b"x" * 26 * 1024**2), (413, "file_too_large", "file", "The recording is larger than 25 MB. Send a shorter or a compressed one.")),
        (("a.ogg", b""), (400, "empty_file", "file", "The file is empty.")),
        (("a.flac", encoded(silence(360), "flac", "flac", 8_000)), (400, "audio_too_long", "file", "The recording is longer than 5 minutes. Send a shorter one, or parts of it.")),
        (("a.mp4", encoded(None, "mp4", pictures=True)), (400, "invalid_audio", "file", "The file has no audio track, only pictures. Send a recording, or a video with sound.")),
        (("a.ogg", recording("cat")[:4000]), (400, "invalid_audio", "file", "The recording is cut off or damaged: part of the file is missing. Send the whole file.")),
        (("a.ogg", b"This is a text.\n" * 100), (400, "invalid_audio", "file", "The file is not audio that can be read, or part of it is missing. Send ogg, mp3, m4a, mp4, wav, flac or webm.")),
    ],
    ids=["26 MB", "nothing", "6 minutes", "a video", "half a file", "a text"],
)  # fmt: skip
def test_what_cannot_be_transcribed_is_refused_in_one_sentence(
    client: OpenAI, speech_engine: EngineProcess, file: Any, refusal: tuple[int, str, str, str]
) -> None:
    assert refused(client, file) == refusal
    assert uploads(speech_engine) == []


@pytest.mark.parametrize(
    ("options", "param", "message"),
    [
        ({"response_format": "diarized_json"}, "response_format", "Invalid value for 'response_format': expected 'json', 'text', 'srt', 'verbose_json' or 'vtt'."),
        ({"timestamp_granularities": ["word"]}, "timestamp_granularities", "Invalid value for 'timestamp_granularities': they are part of the response_format 'verbose_json' alone."),
        ({"temperature": 1.5}, "temperature", "Invalid value for 'temperature': it must be at most 1.0."),
        ({"prompt": "x" * 4001}, "prompt", "Invalid value for 'prompt': it may have at most 4000 characters."),
        ({"prompt": "x" * 40_000}, "prompt", "Invalid value for 'prompt': it may have at most 4000 characters."),
        ({"stream": True}, "stream", "This engine does not support 'stream': its transcripts come as a whole."),
        ({"include": ["logprobs"]}, "include", "This engine does not support 'include': it tells the probability of each segment (verbose_json), not of each token."),
        ({"languages": ["en", "de"]}, "languages", "This engine does not support 'languages': give one 'language', or none, and it listens for it."),
        ({"chunking_strategy": {"type": "server_vad"}}, "chunking_strategy", "This engine does not support 'chunking_strategy': it always cuts a recording where nobody speaks."),
        ({"extra_body": {"volume": "11"}}, "volume", "Unrecognized request argument supplied: volume"),
    ],
)  # fmt: skip
def test_what_it_does_not_do_is_refused_by_name(client: OpenAI, options: Any, param: str, message: str) -> None:
    status, _, named, told = refused(client, CAT, **options)
    assert (status, named, told) == (400, param, message)


def test_a_language_that_the_model_does_not_know_is_refused_with_those_that_it_does(client: OpenAI) -> None:
    status, code, param, message = refused(client, CAT, language="tlh")
    assert (status, code, param) == (400, "unsupported_value", "language")
    assert message.startswith("Invalid value for 'language': 'tlh' is not one of the model's languages: af, am, ar,")


def test_other_bodies_are_refused(client: OpenAI, speech_engine: EngineProcess) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client.post("/audio/transcriptions", body={"model": MODEL}, cast_to=object)
    assert caught.value.status_code == 415
    assert "multipart/form-data with the fields 'model' and 'file'" in caught.value.message
    assert uploads(speech_engine) == []


@pytest.mark.soak
def test_a_killed_model_process_is_started_again(client: OpenAI, speech_engine: EngineProcess) -> None:
    client.audio.transcriptions.create(model=MODEL, file=CAT, language="en")
    os.kill(child_of(speech_engine, "engine.speech.server"), signal.SIGKILL)
    assert client.audio.transcriptions.create(model=MODEL, file=CAT, language="en").text


def test_what_waits_is_counted(client: OpenAI, speech_engine: EngineProcess) -> None:
    metrics = client.with_options(base_url=speech_engine.url.removesuffix("/v1")).get("/metrics", cast_to=str)
    assert "punchline_engine_recordings_waiting 0.0" in metrics


@pytest.mark.parametrize(
    ("call", "advice"),
    [
        (lambda client: client.audio.speech.create(model="m", voice="alloy", input="hi"), "This engine does not serve /v1/audio/speech. It has no model that speaks. Use POST /v1/audio/transcriptions to turn speech into text."),
        (lambda client: client.post("/audio/translations", body={}, cast_to=object), "This engine does not serve /v1/audio/translations. Use POST /v1/audio/transcriptions, which writes down what is said in its own language."),
        (lambda client: client.images.generate(model="m", prompt="a cat"), "This engine does not serve /v1/images. It has no model that draws or reads pictures: its models read and write text, and transcribe speech."),
        (lambda client: client.images.edit(model="m", prompt="a cat", image=b"x"), "This engine does not serve /v1/images. It has no model that draws or reads pictures: its models read and write text, and transcribe speech."),
    ],
)  # fmt: skip
def test_sounds_and_pictures_that_it_does_not_make_are_refused_by_name(client: OpenAI, call: Any, advice: str) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        call(client)
    assert advice in caught.value.message


def test_an_engine_without_the_model_says_what_to_install(engine_url: str) -> None:
    with OpenAI(base_url=engine_url, api_key="practice", max_retries=0) as client:
        assert MODEL not in [model.id for model in client.models.list()]
        told = f"This engine has no speech model: its log says why. {MODEL} comes with `make setup`."
        assert refused(client, CAT) == (404, "model_not_found", None, told)
