"""The database, and the disk that it lies on."""

import shutil
from pathlib import Path

from bot.checks.finding import Finding
from bot.database_url import Place, shown
from bot.settings import Settings
from bot.store.bounds import MAX_ANSWERS, MAX_EVENTS, MAX_MESSAGES, MAX_VECTOR_BYTES, BoundStore
from bot.store.connections import State
from bot.store.database import Database
from bot.store.integrity import DAMAGED
from bot.texts import checks as texts

MB = 1024**2
# A backup needs as much room as the database, and its log may grow while somebody reads.
MIN_FREE_BYTES, FREE_SHARE = 512 * MB, 2


def database(place: Place, state: State) -> Finding:
    """Which one it is, and how it stands."""
    if state.damage is not None:
        return Finding("Database", False, DAMAGED.format(path=place, reason=state.damage))
    template = texts.DATABASE if isinstance(place, Path) else texts.DATABASE_SERVER
    values = {"path": shown(place), "version": state.version, "size": megabytes(state.bytes), "system": state.system}
    return Finding("Database", True, template.format(**values))


def disk(settings: Settings, state: State) -> Finding:
    """Whether there is room for a backup; where the database is elsewhere, for datasets."""
    is_file = isinstance(settings.database, Path)
    local = settings.files if isinstance(settings.files, Path) else settings.local_folder
    folder = settings.database.parent if isinstance(settings.database, Path) else _there(local)
    free = shutil.disk_usage(folder).free
    needed = max(MIN_FREE_BYTES, FREE_SHARE * state.bytes if is_file else 0)
    template = texts.DISK if free >= needed else texts.DISK_FULL
    values = {"free": megabytes(free), "needed": megabytes(needed), "folder": folder.absolute()}
    return Finding("Disk", free >= needed, template.format(**values))


async def growth(store: Database, files: str) -> Finding:
    """What may grow, how large it is, and its bound; `files` says how large the datasets are."""
    now = await BoundStore(store).growth()
    text = texts.GROWTH.format(
        answers=f"{now.rows['generations']:,}",
        max_answers=f"{MAX_ANSWERS:,}",
        vectors=megabytes(now.vector_bytes),
        max_vectors=megabytes(MAX_VECTOR_BYTES),
        events=f"{now.rows['job_events']:,}",
        max_events=f"{MAX_EVENTS:,}",
        messages=f"{now.rows['outbox']:,}",
        max_messages=f"{MAX_MESSAGES:,}",
        usage=f"{now.rows['usage']:,}",
        files=files,
    )
    return Finding("What grows", True, text)


def megabytes(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / MB:,.1f} MB" if count < 10 * MB else f"{count / MB:,.0f} MB"


def _there(folder: Path) -> Path:
    """The folder, or that in which it will be made."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
