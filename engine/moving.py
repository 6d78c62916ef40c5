"""`python -m engine move-to`."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from engine.options import DATABASE_VARIABLE, UsageError, read_database
from engine.storage.state import StateError

_ABOUT = """Copy an engine's state from its file engine.db into an empty PostgreSQL database, which several engines may then share. Uploads and
weights stay where they are. The engine must not run."""


def move_to(arguments: Sequence[str]) -> str:
    """Run the command; what to print. Raises UsageError."""
    parser = argparse.ArgumentParser("python -m engine move-to", description=_ABOUT)
    url = f"the database, postgresql://user:password@host/database (default: the variable {DATABASE_VARIABLE})"
    parser.add_argument("database", metavar="URL", nargs="?", help=url)
    data = "the engine's (default: %(default)s)"
    parser.add_argument("--data-dir", type=Path, default=Path("data/engine"), help=data)
    given = parser.parse_args(arguments)
    database = read_database(given.database)
    if not database:
        raise UsageError(f"Name the database: python -m engine move-to postgresql://…, or set {DATABASE_VARIABLE}.")
    folder = given.data_dir.absolute()
    try:
        from engine.storage.moving import move  # noqa: PLC0415 - needs psycopg
    except ModuleNotFoundError as error:
        raise UsageError("A database on PostgreSQL needs psycopg: pip install '.[postgres]'.") from error
    try:
        counts = asyncio.run(move(folder, database))
    except (StateError, OSError) as error:
        raise UsageError(str(error)) from error
    told = (
        f"{counts['documents']} objects and {counts['deleted']} places of deleted ones were copied, and compare equal."
    )
    return f"{told} {folder / 'engine.db'} is now engine.db.moved. Start the engines with {DATABASE_VARIABLE} or --database."
