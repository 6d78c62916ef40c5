"""What every place for dataset files can do."""

import logging
import re
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.errors import StorageError

log = logging.getLogger(__name__)

INCOMING = "incoming-"  # how passing names begin
_SHA256 = re.compile(r"([0-9a-f]{64})\.jsonl|incoming-.*\.([0-9a-f]{64})(?:\.placed)?")


@dataclass(frozen=True)
class Found:
    """A file in the storage; `sha256` is of what it holds, or is to hold, as its name tells it."""

    name: str
    bytes: int
    age_seconds: float

    @property
    def is_passing(self) -> bool:
        """Whether it came in and was not saved, or stands for a file whose row may not have been written."""
        return self.name.startswith(INCOMING)

    @property
    def sha256(self) -> str | None:
        """None where the name tells of no content."""
        matched = _SHA256.fullmatch(self.name)
        return matched[1] or matched[2] if matched else None


def file_name(sha256: str) -> str:
    """The name under which a file stays."""
    return f"{sha256}.jsonl"


class Storage(Protocol):
    """The files of all servers, each under the SHA-256 of its content, complete or absent.

    A file comes in under a passing name, which takes as long as the file is large, and is placed in a moment. Its passing name stays until
    it is let go of, so that a file which is placed, and of which nobody knows (the bot died), is found by it.
    Whatever the place refuses or does not answer raises `StorageError`; a file that is not there raises `FileNotFoundError`.
    """

    def new(self) -> Path:
        """A fresh, empty file on this machine, for the bot's user alone. Blocks for a moment."""

    def drop(self, *paths: Path) -> None:
        """Delete such files, if they are there. Blocks for a moment."""

    async def bring(self, path: Path, sha256: str) -> str:
        """Bring such a file in; returns its passing name. The path may be gone afterwards."""

    async def place(self, name: str, sha256: str) -> None:
        """Put what has this passing name in its place."""

    async def let_go(self, names: Collection[str]) -> None:
        """Forget passing names, and what was not placed of them."""

    def reading(self, sha256: str) -> AbstractAsyncContextManager[Path]:
        """The file on this machine, until left. It is not to be changed."""

    async def first_lines(self, sha256: str, most: int) -> Sequence[bytes]:
        """At most so many lines that are not blank, from the start of a file, of which only that much is read."""

    async def size(self, sha256: str) -> int:
        """How many bytes a file has."""

    async def delete(self, hashes: Collection[str]) -> None:
        """Delete the files of these contents, if they are there."""

    async def list(self) -> Sequence[Found]:
        """All files, in no order."""

    async def prepare(self, age_seconds: float) -> None:
        """Before the first upload: close everything on this machine to others, and delete the copies of this age that an earlier life left."""

    async def try_out(self) -> None:
        """Write, read and delete a small file."""


@asynccontextmanager
async def arriving(storage: Storage, files: Sequence[tuple[Path, str]]) -> AsyncIterator[Sequence[tuple[str, str]]]:
    """Bring in files with their SHA-256; gives their passing names with it, to be placed, and lets go of those at the end.

    If that fails or is broken off in between, the passing names stay for whoever sweeps: a row may have been written, or not.
    """
    names: list[tuple[str, str]] = []
    async with AsyncExitStack() as unless_placing:
        for path, sha256 in files:
            name = await storage.bring(path, sha256)
            unless_placing.push_async_callback(storage.let_go, [name])
            names.append((name, sha256))
        unless_placing.pop_all()
    yield names
    try:
        await storage.let_go([name for name, _ in names])
    except (OSError, StorageError) as error:  # all is done but this, and a sweep does it
        log.warning("The passing names of saved dataset files could not be deleted: %s", error)
