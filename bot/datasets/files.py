"""Training files: read in blocks and written line by line, hashed on the way."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from bot.datasets.line import BYTE_ORDER_MARK, MAX_LINE_BYTES

CHUNK_BYTES = 128 * 1024


@dataclass(frozen=True)
class Part:
    """A file that was written, or read whole."""

    sha256: str
    bytes: int
    examples: int


class Source:
    """A file read in blocks of lines, hashed on the way; a line too long to be an example is cut, not held."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0

    def blocks(self) -> Iterator[list[bytes]]:
        """All lines, without their ends, and without the byte order mark that the file may begin with."""
        rest, skipping = b"", False
        while chunk := self._file.read(CHUNK_BYTES):
            self._digest.update(chunk)
            chunk = chunk if self._size else chunk.removeprefix(BYTE_ORDER_MARK)
            self._size = self._file.tell()
            if skipping:
                _, end, chunk = chunk.partition(b"\n")
                skipping = not end
            *lines, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAX_LINE_BYTES:
                lines.append(rest)
                rest, skipping = b"", True
            yield lines
        if rest:
            yield [rest]

    def part(self, examples: int) -> Part:
        """The file, once it has been read."""
        return Part(self._digest.hexdigest(), self._size, examples)


class Target:
    """A file written line by line, hashed on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0
        self._lines = 0

    def write(self, line: bytes) -> None:
        """Add a line."""
        ended = line.strip() + b"\n"
        self._file.write(ended)
        self._digest.update(ended)
        self._size += len(ended)
        self._lines += 1

    def part(self) -> Part:
        """The file as it stands."""
        return Part(self._digest.hexdigest(), self._size, self._lines)
