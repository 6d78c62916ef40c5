"""A recording's format and length are those of its bytes, whatever its name, its type or its header says."""

import importlib.util
import struct

import pytest

from bot.errors import InvalidInputError
from bot.voice.formats import MP3, MP4, OGG, WAV, WEBM, Format, format_of
from bot.voice.measuring import Measuring, measured
from tests.recordings import Kind, film, recording

FORMATS: dict[Kind, Format] = {"ogg": OGG, "mp3": MP3, "m4a": MP4, "wav": WAV, "webm": WEBM}


@pytest.mark.parametrize(("kind", "expected"), FORMATS.items())
def test_each_format_is_known_by_its_first_bytes_and_measured_by_its_packets(kind: Kind, expected: Format) -> None:
    content = recording(kind, 2.5)
    assert format_of(content) == expected
    found = measured(content)
    assert found["found"] == "sound"
    assert found["seconds"] == pytest.approx(2.5, abs=0.1)


@pytest.mark.parametrize("content", [b"", b"\xff", b"RIFF\0\0\0\0AVI LIST", b"#EXTM3U\nhttp://", b"\x89PNG\r\n\x1a\n"])
def test_what_begins_like_no_recording_is_none(content: bytes) -> None:
    assert format_of(content) is None


def test_a_header_that_lies_about_the_length_shortens_nothing() -> None:
    content = recording("wav", 3)
    place = content.index(b"data") + 4
    honest = measured(content)["seconds"]
    longer = content[:place] + struct.pack("<I", 2**31) + content[place + 4 :]
    assert measured(longer)["seconds"] == pytest.approx(honest)


@pytest.mark.parametrize("kind", ["mp3", "wav", "webm", "ogg"])
def test_half_a_file_is_as_long_as_what_is_there(kind: Kind) -> None:
    content = recording(kind, 4)
    assert measured(content[: len(content) // 2])["seconds"] == pytest.approx(2, abs=1)


async def test_a_process_measures_a_file_and_refuses_a_video_and_what_is_broken() -> None:
    measuring = Measuring()
    found, seconds = await measuring.measure(recording(), None)
    assert (found, round(seconds)) == (OGG, 1)
    refused = {
        b"MZ an executable": "This file cannot be used as a recording. Send an Ogg, MP3, M4A, WAV or WebM file.",
        film(): "This is a video. Send a recording with sound only: Ogg, MP3, M4A, WAV or WebM.",
        recording("m4a")[
            :400
        ]: "This file is damaged or incomplete. Record it again, or save it as Ogg, MP3, M4A, WAV or WebM.",
    }
    for content, sentence in refused.items():
        with pytest.raises(InvalidInputError) as error:
            await measuring.measure(content, 1)
        assert str(error.value) == sentence


async def test_without_pyav_discords_own_length_counts_and_without_one_the_bot_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    bare = Measuring()
    assert await bare.measure(recording(), 7.5) == (OGG, 7.5)
    for said, beginning in (
        (None, "The bot cannot tell how long this recording is"),
        (301.0, "This recording is longer than 5"),
    ):
        with pytest.raises(InvalidInputError, match=beginning):
            await bare.measure(recording(), said)
