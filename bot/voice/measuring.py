"""How long a recording is, and whether it is one: `python -m bot.voice.measuring` reads a file on stdin, in a process of its own.

The packets are counted and nothing is decoded. What a header says of a length is often missing or wrong: a file from a browser has
none, and one that was cut in two still has the old one. Only the demuxer of the format that the first bytes show is ever opened:
FFmpeg has others that would read files and addresses which a file names.
"""

import importlib.util
import io
import json
import sys
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

from bot.errors import InvalidInputError
from bot.processes import Processes
from bot.texts import voice as texts
from bot.voice.formats import NEEDED_BYTES, Format, format_of

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer

MODULE = "bot.voice.measuring"
MAX_SECONDS = 300
TIMEOUT_SECONDS, PATIENCE_SECONDS = 20.0, 30.0

Finding: TypeAlias = Literal["sound", "video", "silent", "broken"]


class Measured(TypedDict):
    """What was found, and how long it is; counted no further than what is too long."""

    found: Finding
    seconds: float


def can_measure() -> bool:
    """Whether PyAV is installed. Without it, only the length that Discord states of voice messages is known."""
    return importlib.util.find_spec("av") is not None


class Measuring:
    """Measures off the event loop, two files at a time."""

    def __init__(self) -> None:
        self._processes = Processes(at_once=2, timeout_seconds=TIMEOUT_SECONDS, patience_seconds=PATIENCE_SECONDS)

    async def measure(self, content: bytes, said_seconds: float | None) -> tuple[Format, float]:
        """A recording's format and its seconds. `said_seconds` are Discord's, which count where PyAV is not installed.

        Raises `InvalidInputError` where it is no recording, or too long.
        """
        found = format_of(content[:NEEDED_BYTES])
        if found is None:
            raise InvalidInputError(texts.NO_RECORDING)
        if not can_measure():
            return found, _at_most(said_seconds)
        try:
            measured: Measured = json.loads(await self._processes.run(MODULE, content))
        except RuntimeError as error:  # FFmpeg broke down over it
            raise InvalidInputError(texts.BROKEN) from error
        except TimeoutError as error:
            raise InvalidInputError(texts.NOT_MEASURED) from error
        if measured["found"] != "sound":
            raise InvalidInputError(texts.NOT_SOUND[measured["found"]])
        return found, _at_most(measured["seconds"])


def _at_most(seconds: float | None) -> float:
    if seconds is None:
        raise InvalidInputError(texts.CANNOT_MEASURE)
    if seconds > MAX_SECONDS:
        raise InvalidInputError(texts.TOO_LONG, minutes=MAX_SECONDS // 60)
    return seconds


def measured(content: bytes) -> Measured:
    """Blocking: for the process alone."""
    import av  # noqa: PLC0415  # so that the bot itself never loads FFmpeg

    shown = format_of(content[:NEEDED_BYTES])
    if shown is None:
        return Measured(found="broken", seconds=0)
    try:
        with av.open(io.BytesIO(content), mode="r", format=shown.demuxer) as container:
            return _look(container)
    except (av.FFmpegError, ValueError):
        return Measured(found="broken", seconds=0)


def _look(container: "InputContainer") -> Measured:
    from av.stream import Disposition  # noqa: PLC0415

    pictures = [one for one in container.streams.video if not one.disposition & Disposition.attached_pic]
    if pictures:
        return Measured(found="video", seconds=0)
    if not container.streams.audio:
        return Measured(found="silent", seconds=0)
    seconds = _counted(container)
    return Measured(found="sound" if seconds else "broken", seconds=seconds)


def _counted(container: "InputContainer") -> float:
    """The packets' own lengths, or the time that they span where that is more."""
    total, first, end = 0.0, None, 0.0
    for packet in container.demux(container.streams.audio[0]):
        length, at = _times(packet)
        total += length
        if at is not None:
            first = at if first is None else first
            end = max(end, at + length - first)
        if max(total, end) > MAX_SECONDS + 1:
            break
    return max(total, end)


def _times(packet: "Packet") -> tuple[float, float | None]:
    """A packet's length, and when it begins, in seconds; the last packet of all is empty."""
    unit = float(packet.time_base or 0)
    return (packet.duration or 0) * unit, None if packet.pts is None else packet.pts * unit


if __name__ == "__main__":
    json.dump(measured(sys.stdin.buffer.read()), sys.stdout)
