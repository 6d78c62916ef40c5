"""What is transcribed: sentences by espeak-ng, and recordings of people that packages ship with their texts."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from benchmarks.speech.sentences import SENTENCES

VOICES, SPEEDS = ("en-us", "en-gb"), (130, 175)
RATE = 16_000
_TWO_CITIES = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the epoch of "
    "belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it was the spring of hope, it was "
    "the winter of despair, we had everything before us, we had nothing before us, we were all going direct to Heaven, we were all going "
    "direct the other way – in short, the period was so far like the present period, that some of its noisiest authorities insisted on its "
    "being received, for good or for evil, in the superlative degree of comparison only."
)
_BECKETT = "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better."
_LINE = re.compile(r"<s> (.*?)\s*</s> \((.*)\)")


@dataclass(frozen=True)
class Spoken:
    """A recording (16 bits, one channel, 16 kHz, no header), what is said in it, and how long it takes."""

    path: Path
    text: str
    seconds: float


def sentences(voice: str, speed: int, folder: Path) -> list[Spoken]:
    """All of them by espeak-ng, at so many words a minute."""
    spoken = []
    for number, text in enumerate(SENTENCES):
        wav = folder / f"{voice}-{speed}-{number}.wav"
        command = ["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(wav), text]
        subprocess.run(command, check=True)  # noqa: S603 - our own words
        spoken.append(_plain(wav, text, folder))
    return spoken


def recordings(folder: Path, moonshine: Path | None, pocketsphinx: Path | None) -> list[Spoken]:
    """Those of moonshine-voice's assets, and those of pocketsphinx's unpacked sdist, as far as they are there."""
    found = [
        (moonshine / name, text)
        for name, text in (("beckett.wav", _BECKETT), ("two_cities.wav", _TWO_CITIES))
        if moonshine is not None
    ]
    if pocketsphinx is not None:
        data = pocketsphinx / "test" / "data"
        for listed in (data / "librivox" / "transcription", data / "cards" / "cards.transcription"):
            lines = [_LINE.fullmatch(line.strip()) for line in listed.read_text(encoding="utf-8").splitlines()]
            found += [(listed.parent / f"{said[2]}.wav", said[1]) for said in lines if said]
    return [_plain(path, text, folder) for path, text in found]


def _plain(source: Path, text: str, folder: Path) -> Spoken:
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(source, "r") as container:
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        parts += resampler.resample(None)
    samples = np.concatenate([part.to_ndarray()[0] for part in parts]).astype("<i2")
    path = folder / f"{source.stem}.pcm"
    path.write_bytes(samples.tobytes())
    return Spoken(path, text, len(samples) / RATE)
