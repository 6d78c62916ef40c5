"""The decoding process: `python -m engine.speech.decoding SOURCE TARGET`, one recording, which may be of any origin.

ffmpeg reads the file, so the process has little: the formats of speech alone, no way to open another file or address, and limits of
processor time, memory and disk. A file on which it crashes or runs on costs this process and nothing else.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from engine.concurrency.channel import Channel
from engine.speech.recording import MAX_SECONDS, SAMPLE_BYTES, SAMPLE_RATE, Decoded, RecordingError
from engine.speech.wholeness import is_cut_off

NICENESS = 10
_CPU_SECONDS = 60
_MEMORY_BYTES = 2 * 1024**3
_TARGET_BYTES = (MAX_SECONDS + 60) * SAMPLE_RATE * SAMPLE_BYTES
# Demuxers by ffmpeg's names. Playlists (hls, concat, dash) are not among them: they open what they name.
_FORMATS = "ogg,mp3,wav,flac,aac,mov,mp4,m4a,3gp,matroska,webm,mpeg"
# Their headers tell how long the whole recording is; other formats' lengths are guesses.
_EXACT = ("wav", "flac", "mov", "matroska")
_FAULTY_SHARE = 0.1
_SPOKEN = "Send ogg, mp3, m4a, mp4, wav, flac or webm"
_NOT_AUDIO = f"The file is not audio that can be read, or part of it is missing. {_SPOKEN}."
_NO_TRACK = "The file has no audio track, only pictures. Send a recording, or a video with sound."
_CUT_OFF = "The recording is cut off or damaged: part of the file is missing. Send the whole file."
_NO_SOUND = "The file is audio of no length. Send a recording."


def decode(source: Path, target: Path) -> Decoded:
    """Write the sound of `source` to `target`. Raises RecordingError."""
    with source.open("rb") as stream:
        try:
            options = {"format_whitelist": _FORMATS, "protocol_whitelist": "none"}
            with av.open(stream, "r", options=options) as container, target.open("wb") as sound:
                samples = _decode(container, sound)
                stated = _stated_seconds(container)
        except av.FFmpegError as error:
            raise RecordingError(_NOT_AUDIO) from error
        if samples / SAMPLE_RATE < stated - max(0.5, stated / 20) or is_cut_off(stream):
            raise RecordingError(_CUT_OFF)
    if not samples:
        raise RecordingError(_NO_SOUND)
    return Decoded(samples=samples)


def _decode(container: InputContainer, sound: BinaryIO) -> int:
    if not container.streams.audio:
        raise RecordingError(_NO_TRACK if container.streams.video else _NOT_AUDIO)
    samples = 0
    for content in _sound(container, container.streams.audio[0]):
        sound.write(content)
        samples += len(content) // SAMPLE_BYTES
        if samples > MAX_SECONDS * SAMPLE_RATE:
            limit = f"The recording is longer than {MAX_SECONDS // 60} minutes"
            raise RecordingError(f"{limit}. Send a shorter one, or parts of it.", "audio_too_long")
    return samples


def _sound(container: InputContainer, track: AudioStream) -> Iterator[bytes]:
    """The track's sound piece by piece. Raises RecordingError where most of it cannot be decoded."""
    resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
    packets = faulty = 0
    for packet in container.demux(track):
        packets += 1
        try:
            frames = track.decode(packet)
        except av.InvalidDataError:  # players skip what they cannot read, too
            faulty += 1
            continue
        for frame in frames:
            for part in resampler.resample(frame):
                yield bytes(part.planes[0])[: part.samples * SAMPLE_BYTES]
    with suppress(av.InvalidDataError):
        for part in resampler.resample(None):
            yield bytes(part.planes[0])[: part.samples * SAMPLE_BYTES]
    if faulty > packets * _FAULTY_SHARE:
        raise RecordingError(_NOT_AUDIO if faulty >= packets - 1 else _CUT_OFF)


def _stated_seconds(container: InputContainer) -> float:
    """How long the recording is by its own header; 0 where that is not exact."""
    track = container.streams.audio[0]
    if not container.format.name.startswith(_EXACT):
        return 0.0
    if track.duration and track.time_base:
        return float(track.duration * track.time_base)
    return (container.duration or 0) / av.time_base


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows has none

    os.nice(NICENESS)
    for kind, bound in (
        (resource.RLIMIT_CPU, _CPU_SECONDS),
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, _TARGET_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (bound, bound))


def main() -> None:
    """Decode one file, and report how that went."""
    channel = Channel()
    _limit()
    av.logging.set_level(av.logging.PANIC)
    try:
        channel.send(decode(Path(sys.argv[1]), Path(sys.argv[2])))
    except RecordingError as error:
        channel.send(Decoded(error=error.message, code=error.code))


if __name__ == "__main__":
    main()
