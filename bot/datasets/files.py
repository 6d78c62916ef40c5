"""Training files on disk: read in blocks and written line by line, hashed on the way; and the folder that holds them all."""

import hashlib
import os
import time
from collections.abc import Iterator, Set
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.datasets.line import BYTE_ORDER_MARK, MAX_LINE_BYTES

CHUNK_BYTES = 128 * 1024
INCOMING = "incoming-"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


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


class Folder:
    """The files of all servers, for the bot's user alone: they come in under a passing name, and stay under the hash of their content.

    Everything here blocks.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> Path:
        """A fresh, empty file for what is not saved yet."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(PRIVATE_FOLDER)
        path = self._folder / f"{INCOMING}{os.urandom(16).hex()}"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
        return path

    def sweep(self, age_seconds: float = 0.0) -> None:
        """Delete every file of this age that was never saved, and close the others to everybody else."""
        if not self._folder.exists():
            return
        self._folder.chmod(PRIVATE_FOLDER)
        for path in self._folder.iterdir():
            if path.name.startswith(INCOMING):
                with suppress(FileNotFoundError):  # who was at it is done
                    if time.time() - path.stat().st_mtime >= age_seconds:
                        path.unlink()
            elif path.is_file():
                path.chmod(PRIVATE_FILE)

    def file(self, sha256: str) -> Path:
        """Where the file of this content lies."""
        return self._folder / f"{sha256}.jsonl"

    def save(self, path: Path, sha256: str) -> None:
        """Put a file in its place."""
        path.replace(self.file(sha256))

    def drop(self, *paths: Path) -> None:
        """Delete files, if they are there."""
        for path in paths:
            path.unlink(missing_ok=True)

    def tidy(self, saved: Set[str], *hashes: str | None) -> None:
        """Delete the files of these hashes, but for those that are saved still."""
        self.drop(*(self.file(sha256) for sha256 in hashes if sha256 and sha256 not in saved))
