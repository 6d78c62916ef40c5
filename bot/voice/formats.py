"""The kinds of recordings, told by a file's first bytes. A name or type that somebody gave a file says nothing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A container: its FFmpeg demuxer, and the ending and type by which model servers know it."""

    demuxer: str
    ending: str
    media_type: str


OGG = Format("ogg", "ogg", "audio/ogg")
WAV = Format("wav", "wav", "audio/wav")
MP3 = Format("mp3", "mp3", "audio/mpeg")
MP4 = Format("mp4", "m4a", "audio/mp4")
WEBM = Format("matroska", "webm", "audio/webm")
NEEDED_BYTES = 12


def format_of(beginning: bytes) -> Format | None:
    """The format of a file that begins so, which may also hold a video; None where it is no recording."""
    if beginning.startswith(b"OggS"):
        return OGG
    if beginning.startswith(b"RIFF") and beginning[8:12] == b"WAVE":
        return WAV
    if beginning.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM
    if beginning[4:8] == b"ftyp":
        return MP4
    is_frame = len(beginning) > 1 and beginning[0] == 0xFF and beginning[1] & 0xE6 == 0xE2  # MPEG's sync, layer III
    return MP3 if is_frame or beginning.startswith(b"ID3") else None
