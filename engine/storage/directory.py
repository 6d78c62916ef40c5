"""Which database a data directory belongs to: an engine deletes the files there of which its database knows nothing."""

from pathlib import Path
from uuid import uuid4

from engine.protocol.objects import OURS
from engine.storage.database import StateError
from engine.storage.files import write_atomically
from engine.storage.sqlite import FILE, count_documents

MARK = "database.id"


def check_without_database(folder: Path) -> None:
    """Raises StateError where the directory's state is in PostgreSQL, and not in a file of its own."""
    if (folder / MARK).exists():
        raise StateError(
            f"The state of {folder} is in a PostgreSQL database: give --database, as before. To begin anew, take another --data-dir."
        )


def belongs(folder: Path, known: str) -> str:
    """The directory's id, as the database that is opened has it or is to have it. `known` is the one it has, "" in a new database.

    Raises StateError where the directory is another one than the database's engines share.
    """
    mark = folder / MARK
    found = mark.read_text(encoding="utf-8").strip() if mark.exists() else ""
    if not known:
        check_nothing_to_lose(folder)
        return found or claim(folder)
    if found != known:
        whose = "belongs to another database" if found else "is not the folder that this database's engines share"
        raise StateError(f"{folder} {whose}: give --data-dir that folder, mounted where all of them see it.")
    return known


def claim(folder: Path) -> str:
    """Mark a directory as one whose state is in PostgreSQL; its new id."""
    name = uuid4().hex
    write_atomically(folder / MARK, name.encode())
    return name


def check_nothing_to_lose(folder: Path) -> None:
    """Raises StateError where a new database would have a directory's files deleted."""
    if count := count_documents(folder):
        raise StateError(
            f"{folder / FILE} has {count} objects, and the database has none: copy them with `python -m engine move-to`, or take another --data-dir."
        )
    kept = [path for name, prefix in (("files", "file-"), ("models", "ftjob-")) for path in _ours(folder, name, prefix)]
    if kept:
        raise StateError(
            f"{folder} holds uploads or models ({kept[0].name}), and the database knows none: give the database that it was used with, or another --data-dir."
        )


def _ours(folder: Path, name: str, prefix: str) -> list[Path]:
    inner = folder / name
    found = inner.iterdir() if inner.is_dir() else ()
    return [path for path in found if path.name.startswith(prefix) and OURS[name].fullmatch(path.name)]
