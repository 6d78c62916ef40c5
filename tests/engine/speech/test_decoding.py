"""Recordings of every format become the same sound; whatever else comes is refused in one sentence, and reaches nothing outside its file."""

import socket
from pathlib import Path

import numpy as np
import pytest

from engine.speech.decoding import decode
from engine.speech.recording import MAX_SECONDS, RecordingError
from tests.engine.speech.sounds import encoded, music, recording, silence, spoken

FORMATS = [
    ("ogg", "libopus", 48_000),
    ("ogg", "libvorbis", 44_100),
    ("mp3", "libmp3lame", 44_100),
    ("ipod", "aac", 44_100),  # m4a
    ("mp4", "aac", 44_100),
    ("wav", "pcm_s16le", 22_050),
    ("wav", "pcm_u8", 8_000),
    ("webm", "libopus", 48_000),
    ("flac", "flac", 16_000),
]
UNREADABLE = (
    "The file is not audio that can be read, or part of it is missing. Send ogg, mp3, m4a, mp4, wav, flac or webm."
)
CUT_OFF = "The recording is cut off or damaged: part of the file is missing. Send the whole file."


def decoded(folder: Path, content: bytes) -> tuple[float, np.ndarray[tuple[int], np.dtype[np.int16]]]:
    """Its length in seconds, and its sound."""
    (folder / "recording").write_bytes(content)
    result = decode(folder / "recording", folder / "sound")
    sound = np.fromfile(folder / "sound", np.int16)
    assert result.samples == len(sound)
    return result.seconds, sound


def refusal(folder: Path, content: bytes) -> tuple[str, str]:
    with pytest.raises(RecordingError) as refused:
        decoded(folder, content)
    return refused.value.code, refused.value.message


@pytest.mark.parametrize(("container", "codec", "rate"), FORMATS)
def test_every_format_is_the_same_sound(tmp_path: Path, container: str, codec: str, rate: int) -> None:
    _, original = decoded(tmp_path, recording("cat"))
    seconds, sound = decoded(tmp_path, encoded(spoken("cat"), container, codec, rate))
    assert seconds == pytest.approx(len(original) / 16_000, abs=0.1)
    spectrum = [np.abs(np.fft.rfft(one, 65_536))[:8_000] for one in (original, sound)]
    assert np.corrcoef(spectrum)[0, 1] > 0.9


@pytest.mark.parametrize(("container", "codec", "rate"), FORMATS)
def test_half_a_file_is_refused(tmp_path: Path, container: str, codec: str, rate: int) -> None:
    whole = encoded(spoken("cat"), container, codec, rate)
    code, message = refusal(tmp_path, whole[: len(whole) // 2])
    assert (code, message) in {("invalid_audio", CUT_OFF), ("invalid_audio", UNREADABLE)}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"This is a text.\n" * 100, UNREADABLE),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 1000, UNREADABLE),
        (b"OggS" + b"\0" * 5000, UNREADABLE),
        (np.random.default_rng(0).bytes(300_000), UNREADABLE),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80>\0\0\0}\0\0\x02\0\x10\0data\0\0\0\0", "The file is audio of no length. Send a recording."),
    ],
    ids=["text", "picture", "marks alone", "noise", "no samples"],
)  # fmt: skip
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path, content) == ("invalid_audio", message)


def test_a_video_is_a_recording_if_it_has_sound(tmp_path: Path) -> None:
    seconds, _ = decoded(tmp_path, encoded(spoken("cat"), "mp4", "aac", 44_100, pictures=True))
    assert seconds == pytest.approx(3.9, abs=0.1)
    without = "The file has no audio track, only pictures. Send a recording, or a video with sound."
    assert refusal(tmp_path, encoded(None, "mp4", pictures=True)) == ("invalid_audio", without)


def test_decoding_stops_at_the_limit_however_much_a_file_unpacks_to(tmp_path: Path) -> None:
    content = encoded(silence(MAX_SECONDS + 60), "flac", "flac", 8_000)
    assert len(content) < 100_000  # of eleven million bytes of sound
    message = "The recording is longer than 5 minutes. Send a shorter one, or parts of it."
    assert refusal(tmp_path, content) == ("audio_too_long", message)
    assert (tmp_path / "sound").stat().st_size < (MAX_SECONDS + 2) * 32_000


@pytest.mark.parametrize(
    "playlist",
    ["#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{}\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile {}\n"],
)
def test_a_playlist_opens_neither_files_nor_addresses(
    tmp_path: Path, playlist: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other.wav"
    other.write_bytes(encoded(music(2), "wav", "pcm_s16le", 16_000))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        for place in (
            "other.wav",
            str(other),
            f"file://{other}",
            f"http://127.0.0.1:{listening.getsockname()[1]}/a.wav",
        ):
            assert refusal(tmp_path, playlist.format(place).encode()) == ("invalid_audio", UNREADABLE)
        with pytest.raises(TimeoutError):
            listening.accept()
