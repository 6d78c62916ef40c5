"""The database, and the disk that it lies on."""

import asyncio
import shutil
from pathlib import Path

from bot.checks.finding import Finding
from bot.store.bounds import MAX_ANSWERS, MAX_EVENTS, MAX_MESSAGES, MAX_VECTOR_BYTES, BoundStore
from bot.store.database import Database
from bot.store.integrity import DAMAGED, state_of
from bot.texts import checks as texts

MB = 1024**2
# A backup needs as much room as the database, and its log may grow while somebody reads.
MIN_FREE_BYTES, FREE_SHARE = 512 * MB, 2


async def database(path: Path) -> Finding:
    """The whole file is read, indexes too."""
    version, state = await asyncio.to_thread(state_of, path)
    if state != "ok":
        return Finding("Database", False, DAMAGED.format(path=path, reason=state))
    size = _size(path)
    return Finding("Database", True, texts.DATABASE.format(path=path, version=version, size=megabytes(size)))


def disk(path: Path) -> Finding:
    """Whether there is room for a backup."""
    free, size = shutil.disk_usage(path.parent).free, _size(path)
    needed = max(MIN_FREE_BYTES, FREE_SHARE * size)
    template = texts.DISK if free >= needed else texts.DISK_FULL
    values = {"free": megabytes(free), "needed": megabytes(needed), "folder": path.parent.absolute()}
    return Finding("Disk", free >= needed, template.format(**values))


async def growth(store: Database, path: Path) -> Finding:
    """What may grow, how large it is, and its bound."""
    now = await BoundStore(store, path).growth()
    files = await asyncio.to_thread(_bytes_in, path.with_suffix(".files"))
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
        files=megabytes(files),
    )
    return Finding("What grows", True, text)


def megabytes(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / MB:,.1f} MB" if count < 10 * MB else f"{count / MB:,.0f} MB"


def _size(path: Path) -> int:
    """The database with its log."""
    return sum(file.stat().st_size for file in (path, path.with_name(f"{path.name}-wal")) if file.exists())


def _bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*") if file.is_file()) if folder.exists() else 0
