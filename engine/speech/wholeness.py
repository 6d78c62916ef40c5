"""Whether a file is whole, for the formats in which ffmpeg does not tell: it ends quietly where they break off."""

import os
from typing import BinaryIO

_PAGE_HEADER_BYTES = 27
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)  # what programs write that cannot go back to the header
_TAG_BYTES = 4096
_HAS_FRAMES, _HAS_BYTES = 1, 2


def is_cut_off(stream: BinaryIO) -> bool:
    """Whether an Ogg, WAV or MP3 file ends before its own marks say. False where it has none, and for other formats."""
    end = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(12)
    if head.startswith(b"OggS"):
        return _ends_within_page(stream, end)
    if head.startswith(b"RIFF"):
        size = int.from_bytes(head[4:8], "little")
        return size not in _UNKNOWN_SIZES and size + 8 > end + 1  # the last byte may be padding
    return _ends_within_mp3(stream, head, end)


def _ends_within_page(stream: BinaryIO, end: int) -> bool:
    """RFC 3533: a page's header ends with the sizes of its segments."""
    place = 0
    while place < end:
        stream.seek(place)
        header = stream.read(_PAGE_HEADER_BYTES)
        if not header.startswith(b"OggS"[: len(header)]):
            return False  # bytes behind the last page
        sizes = stream.read(header[-1]) if len(header) == _PAGE_HEADER_BYTES else b""
        if len(header) < _PAGE_HEADER_BYTES or len(sizes) < header[-1]:
            return True
        place += _PAGE_HEADER_BYTES + len(sizes) + sum(sizes)
    return place > end


def _ends_within_mp3(stream: BinaryIO, head: bytes, end: int) -> bool:
    """Encoders write how many bytes follow into the first frame (the Xing or Info tag), behind an ID3v2 tag."""
    start = 0
    if head.startswith(b"ID3"):
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    stream.seek(start)
    frame = stream.read(_TAG_BYTES)
    place = max(frame.find(b"Xing"), frame.find(b"Info"))
    if place < 0 or not frame.startswith(b"\xff"):
        return False
    flags = int.from_bytes(frame[place + 4 : place + 8], "big")
    if not flags & _HAS_BYTES:
        return False
    field = place + (12 if flags & _HAS_FRAMES else 8)
    return start + int.from_bytes(frame[field : field + 4], "big") > end
