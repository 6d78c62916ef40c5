"""Files on disk: complete or absent, readable for their owner alone."""

import errno
import logging
import os
import re
import secrets
import shutil
import sqlite3
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
# What SQLite reports where a write finds no room; of a quota it only knows that writing failed.
_SQLITE_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_FSYNC)
# safetensors writes in Rust, and names the system's error number in its text alone.
_TOLD_NO_ROOM = re.compile(rf"os error ({'|'.join(map(str, _NO_ROOM))})\b")


# Tells this process from one on another machine with the same number.
_PROCESS = secrets.randbelow(10**9)
# A draft that nobody has written to for so long belongs to no process any more: whoever uploads must send something each minute.
_DRAFT_SECONDS = 3600.0


def is_disk_full(error: BaseException) -> bool:
    """Whether the disk or a quota is full, as the system, SQLite or safetensors report it."""
    code = getattr(error, "sqlite_errorcode", None)
    if getattr(error, "errno", None) in _NO_ROOM or code in _SQLITE_NO_ROOM or _TOLD_NO_ROOM.search(str(error)):
        return True
    cause = error.__cause__ or error.__context__
    return cause is not None and is_disk_full(cause)


def write_atomically(path: Path, content: bytes) -> None:
    """Put `content` at `path` such that a crash leaves either the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = draft_of(path)
    try:
        with draft.open("wb") as stream:
            stream.write(content)
        put_in_place(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def draft_of(path: Path) -> Path:
    """Where this process writes what is to appear at `path`."""
    return path.with_name(f"{path.name}.{os.getpid()}{_PROCESS:09}.part")


def put_in_place(draft: Path, path: Path) -> None:
    """Settle a file or a directory of files on disk, and rename it to `path`."""
    for written in draft.iterdir() if draft.is_dir() else [draft]:
        settle(written)
    draft.replace(path)
    if sys.platform != "win32":
        settle(path.parent)


def settle(path: Path) -> None:
    """Have the system write a file, or a directory's list of names, to the disk itself."""
    opened = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def make_private(folder: Path, ours: Mapping[str, re.Pattern[str]]) -> None:
    """Make a data directory that only its owner can read, and close an existing one; this process's new files are private, too.

    `ours` says of each folder in it which names in there are the engine's. What else lies there is logged and left alone.
    """
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    private = [folder, *folder.glob("engine.db*")]
    for name, pattern in ours.items():
        inner = folder / name
        inner.mkdir(exist_ok=True)
        private.append(inner)
        found = list(inner.iterdir())
        for path in [path for path in found if pattern.fullmatch(path.name)]:
            with suppress(FileNotFoundError):  # another engine's, which was there a moment ago
                private += [path, *(path.iterdir() if path.is_dir() and not path.is_symlink() else ())]
        if strays := sorted(path.name for path in found if not pattern.fullmatch(path.name)):
            log.warning("%s also holds %s; the engine leaves that alone", inner, ", ".join(map(repr, strays)))
    for path in private:
        _close(path)


def _close(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
        if mode & 0o077 and not stat.S_ISLNK(mode) and not mode & stat.S_ISVTX:  # a sticky directory is meant for all
            path.chmod(mode & 0o700)
    except FileNotFoundError:
        pass  # another engine has removed it meanwhile
    except OSError as error:
        log.warning("%s cannot be made private: %s", path, error)


def ours_in(folder: Path, ours: re.Pattern[str]) -> list[Path]:
    """What the engine put into a folder. List it before you ask the database what is needed: what is new by then is not in the list."""
    return [path for path in folder.iterdir() if ours.fullmatch(path.name)]


def sweep(unneeded: Iterable[Path], *, is_shared: bool) -> None:
    """Remove what crashes and cancelled work left. In a folder that is shared, drafts that may still be written to stay."""
    for path in unneeded:
        if not (is_shared and _is_being_written(path)):
            remove(path)


def _is_being_written(draft: Path) -> bool:
    if draft.suffix != ".part":
        return False
    try:
        return time.time() - draft.stat().st_mtime < _DRAFT_SECONDS
    except FileNotFoundError:
        return True


def remove(path: Path) -> None:
    """Remove a file or a directory. What cannot be removed is logged: the next start tries again."""
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s cannot be removed: %s", path, error)
