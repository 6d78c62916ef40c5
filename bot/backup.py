"""`python -m bot backup` and `restore`: the database and its dataset files in one archive. The bot can be running."""

import asyncio
import hashlib
import re
import shutil
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.errors import StartupError, StorageError
from bot.files.folder import PRIVATE_FILE
from bot.files.opening import open_storage
from bot.files.storage import Found, Storage, arriving
from bot.settings import Settings
from bot.store.copying import copy_database, dataset_files
from bot.store.sqlite import only_user_of
from bot.texts import startup as texts

DATABASE, FILES = "punchline.db", "files"
MEMBER = re.compile(rf"{FILES}/([0-9a-f]{{64}})\.jsonl")


@dataclass(frozen=True)
class Backup:
    """The number of dataset files in the archive, and the SHA-256 of those that the database refers to but that are missing."""

    files: int
    missing: tuple[str, ...]


def back_up(settings: Settings, archive: Path) -> Backup:
    """Write the archive, completely or not at all. Blocks. Raises `StartupError`."""
    if archive.exists():
        raise StartupError(texts.ARCHIVE_EXISTS.format(file=archive))
    storage = open_storage(settings.files, settings.local_folder)
    with _told(settings, archive), TemporaryDirectory(dir=archive.parent, prefix=".backup-") as drafts:
        copy, draft = Path(drafts, DATABASE), Path(drafts, "archive")
        needed, missing = _copied(settings, copy, storage)
        if missing:  # a dataset may have been deleted between the copy of its row and the look for its file
            needed, missing = _copied(settings, copy, storage)
        draft.touch(mode=PRIVATE_FILE)
        with tarfile.open(draft, "w:gz", compresslevel=6) as packed:
            packed.add(copy, DATABASE)
            asyncio.run(_pack([sha256 for sha256 in needed if sha256 not in missing], storage, packed))
        draft.replace(archive)
    return Backup(len(needed) - len(missing), missing)


async def _pack(hashes: Sequence[str], storage: Storage, packed: tarfile.TarFile) -> None:
    """One after another, so that at most one is on this machine where the storage is elsewhere."""
    for sha256 in hashes:
        async with storage.reading(sha256) as path:
            packed.add(path, f"{FILES}/{sha256}.jsonl")


def _copied(settings: Settings, copy: Path, storage: Storage) -> tuple[list[str], tuple[str, ...]]:
    """The files that a fresh copy of the database refers to, and those that are missing."""
    copy.unlink(missing_ok=True)
    copy_database(settings.database_path, copy)
    needed = sorted(dataset_files(copy))
    present = {one.sha256 for one in asyncio.run(_listed(storage)) if not one.is_passing}
    return needed, tuple(sha256 for sha256 in needed if sha256 not in present)


async def _listed(storage: Storage) -> Sequence[Found]:
    return await storage.list()


def restore(settings: Settings, archive: Path) -> Backup:
    """Unpack an archive where there is no database yet. The database is moved into place last, after its files.

    Blocks. Raises `StartupError` if there is one, a bot runs, the archive is damaged or no backup, or the storage of the files cannot be used; then
    nothing has changed.
    """
    database, storage = settings.database_path, open_storage(settings.files, settings.local_folder)
    with only_user_of(database):
        if database.exists() and database.stat().st_size:
            raise StartupError(texts.DATABASE_EXISTS.format(path=database, files=settings.files))
        with _told(settings, archive), TemporaryDirectory(dir=database.parent, prefix=".restore-") as drafts:
            _unpack(archive, Path(drafts))
            found, needed = _checked(Path(drafts)), dataset_files(Path(drafts, DATABASE))
            asyncio.run(_put_in_place(found, storage))
            Path(drafts, DATABASE).replace(database)
    return Backup(len(found), tuple(sorted(needed - found.keys())))


def _unpack(archive: Path, folder: Path) -> None:
    """Write only members that a backup has, under names of our own."""
    (folder / FILES).mkdir()
    with tarfile.open(archive) as packed:
        for member in packed:
            known = member.name == DATABASE or MEMBER.fullmatch(member.name)
            content = packed.extractfile(member) if known and member.isfile() else None
            if content is None:
                raise StartupError(texts.NO_BACKUP.format(file=archive))
            path = folder / member.name
            path.touch(mode=PRIVATE_FILE)
            with content, path.open("wb") as target:
                shutil.copyfileobj(content, target)
    if not (folder / DATABASE).exists():
        raise StartupError(texts.NO_BACKUP.format(file=archive))


def _checked(folder: Path) -> dict[str, Path]:
    found = {path.stem: path for path in (folder / FILES).iterdir()}
    for sha256, path in found.items():
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != sha256:
                raise StartupError(texts.DAMAGED.format(file=path.name))
    return found


async def _put_in_place(found: dict[str, Path], storage: Storage) -> None:
    for sha256, path in found.items():
        fresh = storage.new()
        path.replace(fresh)  # nobody else runs in this loop
        try:
            async with arriving(storage, [(fresh, sha256)]) as names:
                for name, _ in names:
                    await storage.place(name, sha256)
        finally:
            storage.drop(fresh)


@contextmanager
def _told(settings: Settings, archive: Path) -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise StartupError(texts.CANNOT_USE_FILES.format(place=settings.files, reason=error.reason)) from error
    except (OSError, EOFError, tarfile.TarError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StartupError(texts.ARCHIVE_FAILED.format(file=archive, reason=reason)) from error
