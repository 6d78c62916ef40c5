"""Recordings in every format that the bot takes: a tone, so that no voice of anybody's is needed."""

import io
import wave
from functools import cache
from typing import Literal, TypeAlias

import av
import numpy as np

Kind: TypeAlias = Literal["ogg", "mp3", "m4a", "wav", "webm"]
RATE = 48_000
# Container and codec by the ending that people know.
MADE_AS: dict[Kind, tuple[str, str]] = {
    "ogg": ("ogg", "libopus"),
    "mp3": ("mp3", "libmp3lame"),
    "m4a": ("ipod", "aac"),
    "wav": ("wav", "pcm_s16le"),
    "webm": ("webm", "libopus"),
}


@cache
def recording(kind: Kind = "ogg", seconds: float = 1.0) -> bytes:
    """A tone of so many seconds."""
    container, codec = MADE_AS[kind]
    file = io.BytesIO()
    with av.open(file, mode="w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE, layout="mono")
        assert isinstance(stream, av.AudioStream)
        for start in range(0, round(seconds * RATE), RATE):
            length = min(RATE, round(seconds * RATE) - start)
            tone = 8000 * np.sin(np.arange(start, start + length) * 440 * 2 * np.pi / RATE)
            frame = av.AudioFrame.from_ndarray(tone.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
            frame.rate = RATE
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return file.getvalue()


def hours_of_nothing(hours: float) -> bytes:
    """A WAV file in which nobody says a word, at 8 kB a second."""
    file = io.BytesIO()
    with wave.open(file, "wb") as output:
        output.setnchannels(1)
        output.setsampwidth(1)
        output.setframerate(8000)
        output.writeframes(b"\x80" * round(hours * 3600 * 8000))
    return file.getvalue()


@cache
def film() -> bytes:
    """A video of one second in MP4, with a sound track."""
    file = io.BytesIO()
    with av.open(file, mode="w", format="mp4") as output:
        pictures, sound = output.add_stream("mpeg4", rate=10), output.add_stream("aac", rate=RATE, layout="mono")
        pictures.width = pictures.height = 64
        for _ in range(10):
            output.mux(pictures.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, RATE), np.int16), format="s16", layout="mono")
        silence.rate = RATE
        output.mux(sound.encode(silence))
        for stream in (pictures, sound):
            output.mux(stream.encode(None))
    return file.getvalue()
