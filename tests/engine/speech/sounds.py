"""Recordings for tests: two spoken sentences, and other sound in files of any format."""

import io
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream

Samples = npt.NDArray[np.int16]

RATE = 48_000
SPOKEN = {
    "cat": "My cat thinks that the vacuum cleaner is a dragon.",
    "coffee": "Our coffee shop gives every tired student a second cup.",
}


def recording(name: str) -> bytes:
    """An Ogg Opus file, as Discord sends voice messages."""
    return (Path(__file__).parent / "recordings" / f"{name}.ogg").read_bytes()


def spoken(name: str) -> Samples:
    """The same as samples at 48 kHz."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(io.BytesIO(recording(name)), "r") as container:
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    return np.concatenate([part.to_ndarray()[0] for part in parts]).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


def music(seconds: float) -> Samples:
    """A tune of sines, half a second a note."""
    notes, length = (262, 330, 392, 523, 440, 349, 294, 330), RATE // 2
    times = np.arange(length) / RATE
    tune = [np.sin(2 * np.pi * notes[beat % len(notes)] * times) for beat in range(int(seconds * 2))]
    return (np.concatenate(tune) * 8000).astype(np.int16)


def encoded(
    samples: Samples | None, container: str = "ogg", codec: str = "libopus", rate: int = RATE, *, pictures: bool = False
) -> bytes:
    """A file of that format with this sound, with pictures, or with both."""
    written = io.BytesIO()
    with av.open(written, "w", format=container) as output:
        film = output.add_stream("mpeg4", rate=10) if pictures else None
        sound = output.add_stream(codec, rate=rate, layout="mono") if samples is not None else None
        if film:
            film.width, film.height, film.pix_fmt = 64, 64, "yuv420p"
            for number in range(20):
                picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
                picture.pts = number
                output.mux(film.encode(picture))
            output.mux(film.encode(None))
        if isinstance(sound, AudioStream) and samples is not None:
            for frame in _frames(samples, sound, rate):
                output.mux(sound.encode(frame))
            output.mux(sound.encode(None))
    return written.getvalue()


def _frames(samples: Samples, sound: AudioStream, rate: int) -> list[av.AudioFrame]:
    whole = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
    whole.sample_rate = RATE
    size = sound.codec_context.frame_size or 1024
    resampler = av.AudioResampler(format=sound.format.name, layout="mono", rate=rate, frame_size=size)
    return [*resampler.resample(whole), *resampler.resample(None)]
