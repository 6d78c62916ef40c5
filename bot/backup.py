"""`python -m bot backup` and `restore`: the database and its dataset files in one archive. The bot can be running."""

import hashlib
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from bot.datasets.files import PRIVATE_FILE, PRIVATE_FOLDER, Folder
from bot.errors import StartupError
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
    folder = Folder(settings.files)
    with _told(archive), TemporaryDirectory(dir=archive.parent, prefix=".backup-") as drafts:
        copy, draft = Path(drafts, DATABASE), Path(drafts, "archive")
        needed, missing = _copied(settings, copy, folder)
        if missing:  # a dataset may have been deleted between the copy of its row and the look for its file
            needed, missing = _copied(settings, copy, folder)
        draft.touch(mode=PRIVATE_FILE)
        with tarfile.open(draft, "w:gz", compresslevel=6) as packed:
            packed.add(copy, DATABASE)
            for sha256 in needed:
                if sha256 not in missing:
                    packed.add(folder.file(sha256), f"{FILES}/{sha256}.jsonl")
        draft.replace(archive)
    return Backup(len(needed) - len(missing), missing)


def _copied(settings: Settings, copy: Path, folder: Folder) -> tuple[list[str], tuple[str, ...]]:
    """The files that a fresh copy of the database refers to, and those that are missing."""
    copy.unlink(missing_ok=True)
    copy_database(settings.database_path, copy)
    needed = sorted(dataset_files(copy))
    return needed, tuple(sha256 for sha256 in needed if not folder.file(sha256).exists())


def restore(settings: Settings, archive: Path) -> Backup:
    """Unpack an archive where there is no database yet. The database is moved into place last, after its files.

    Blocks. Raises `StartupError` if there is one, a bot runs, or the archive is damaged or no backup; then nothing has changed.
    """
    database = settings.database_path
    with only_user_of(database):
        if database.exists() and database.stat().st_size:
            raise StartupError(texts.DATABASE_EXISTS.format(path=database, files=settings.files))
        with _told(archive), TemporaryDirectory(dir=database.parent, prefix=".restore-") as drafts:
            _unpack(archive, Path(drafts))
            found, needed = _checked(Path(drafts)), dataset_files(Path(drafts, DATABASE))
            _put_in_place(found, settings.files)
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
                copyfileobj(content, target)
    if not (folder / DATABASE).exists():
        raise StartupError(texts.NO_BACKUP.format(file=archive))


def _checked(folder: Path) -> dict[str, Path]:
    found = {path.stem: path for path in (folder / FILES).iterdir()}
    for sha256, path in found.items():
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != sha256:
                raise StartupError(texts.DAMAGED.format(file=path.name))
    return found


def _put_in_place(found: dict[str, Path], folder: Path) -> None:
    folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    for sha256, path in found.items():
        path.replace(Folder(folder).file(sha256))


@contextmanager
def _told(archive: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, tarfile.TarError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StartupError(texts.ARCHIVE_FAILED.format(file=archive, reason=reason)) from error
