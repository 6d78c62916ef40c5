"""Dataset files in a folder, for the bot's user alone. Machines may share it."""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import islice
from pathlib import Path

from bot.errors import StorageError
from bot.files.storage import INCOMING, Found, file_name
from bot.texts import storage as texts

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
PLACED = ".placed"  # ends the name of what is left in the place of a file that was placed


class Folder:
    """See `Storage`. Files are renamed, never copied."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> Path:
        """It lies in the folder, so that it can be renamed. Raises `StorageError` on a full disk."""
        with disk_full_told():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._folder.chmod(PRIVATE_FOLDER)
            return _private(self._folder / f"{INCOMING}{os.urandom(16).hex()}")

    def drop(self, *paths: Path) -> None:
        """Delete files, if they are there."""
        for path in paths:
            path.unlink(missing_ok=True)

    async def bring(self, path: Path, sha256: str) -> str:
        """See that it is on the disk, and give it a name that says what it holds."""
        name = f"{path.name}.{sha256}"
        await asyncio.to_thread(self._bring, path, name)
        return name

    def _bring(self, path: Path, name: str) -> None:
        with disk_full_told():
            _flush(path)
            path.replace(self._folder / name)

    async def place(self, name: str, sha256: str) -> None:
        """Rename it, and leave an empty file under its passing name."""
        await asyncio.to_thread(self._place, name, sha256)

    def _place(self, name: str, sha256: str) -> None:
        with disk_full_told():
            _private(self._folder / f"{name}{PLACED}")
            (self._folder / name).replace(self._folder / file_name(sha256))
            _flush(self._folder)

    async def let_go(self, names: Collection[str]) -> None:
        """Delete what is left of them."""
        paths = [self._folder / f"{name}{end}" for name in names for end in ("", PLACED)]
        await asyncio.to_thread(self.drop, *paths)

    @asynccontextmanager
    async def reading(self, sha256: str) -> AsyncIterator[Path]:
        """The file itself."""
        await self.size(sha256)
        yield self._folder / file_name(sha256)

    async def first_lines(self, sha256: str, most: int) -> Sequence[bytes]:
        """Read in a thread."""
        return await asyncio.to_thread(self._first_lines, sha256, most)

    def _first_lines(self, sha256: str, most: int) -> Sequence[bytes]:
        with (self._folder / file_name(sha256)).open("rb") as lines:
            return list(islice(filter(bytes.strip, lines), most))

    async def size(self, sha256: str) -> int:
        """As the file system says."""
        return (await asyncio.to_thread((self._folder / file_name(sha256)).stat)).st_size

    async def delete(self, hashes: Collection[str]) -> None:
        """Unlink them."""
        await asyncio.to_thread(self.drop, *(self._folder / file_name(sha256) for sha256 in hashes))

    async def list(self) -> Sequence[Found]:
        """Those of the folder alone, not of folders in it."""
        return await asyncio.to_thread(lambda: list(self._look()))

    def _look(self) -> Iterator[Found]:
        now = time.time()
        for path in self._folder.iterdir() if self._folder.exists() else ():
            with suppress(FileNotFoundError):  # who was at it is done
                if path.is_file():
                    state = path.stat()
                    yield Found(path.name, state.st_size, max(0.0, now - state.st_mtime))

    async def prepare(self, age_seconds: float) -> None:  # noqa: ARG002  # what is old here is in the list
        """Older versions left the folder open to others. Files that belong to somebody else raise `PermissionError`."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._folder.exists():
            self._folder.chmod(PRIVATE_FOLDER)
            for path in self._folder.iterdir():
                with suppress(FileNotFoundError):
                    if path.is_file():
                        path.chmod(PRIVATE_FILE)

    async def try_out(self) -> None:
        """Raises `StorageError` where the folder cannot be written."""
        await asyncio.to_thread(self._try_out)

    def _try_out(self) -> None:
        try:
            self.drop(self.new())
        except OSError as error:
            reason = texts.WHY_FOLDER_FAILED.format(folder=self._folder, reason=error.strerror or error)
            raise StorageError(texts.FOLDER_FAILED, reason=reason) from error


@contextmanager
def disk_full_told() -> Iterator[None]:
    """A full disk, in words for those who asked."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StorageError(texts.DISK_FULL, reason=os.strerror(error.errno)) from error


def _private(path: Path) -> Path:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
    return path


def _flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
