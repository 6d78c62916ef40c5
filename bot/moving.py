"""`python -m bot migrate-to URL`: a community's database goes to another system, and back."""

from collections.abc import Iterator
from pathlib import Path

from bot.database_url import Place, place_of, shown
from bot.errors import DatabaseBusyError, StartupError
from bot.settings import Settings
from bot.store.database import BACKGROUND_TURN_SECONDS, only_bot_on, open_database, turn_seconds
from bot.store.moving import Moved, move
from bot.texts import startup as texts


async def move_to(settings: Settings, url: str) -> Iterator[str]:
    """Copy the database of the settings to another address; returns lines that say what was done, and what is to be done.

    Both are brought up to date, as by a start. Raises `StartupError` if a bot runs on one of them, if there is nothing to move, or if
    the other holds anything; then nothing is copied.
    """
    source, target = settings.database, _target(settings, url)
    turn_seconds.set(BACKGROUND_TURN_SECONDS)
    try:
        async with (
            only_bot_on(source),
            only_bot_on(target),
            open_database(source) as old,
            open_database(target) as new,
        ):
            return _told(settings, target, await move(old, new))
    except DatabaseBusyError as error:
        raise StartupError(str(error)) from error


def _target(settings: Settings, url: str) -> Place:
    try:
        target = place_of(url)
    except ValueError as error:
        raise StartupError(texts.TARGET.format(reason=error)) from None  # the address may hold a password
    if target == settings.database:
        raise StartupError(texts.SAME_DATABASE)
    if isinstance(settings.database, Path) and not settings.database.exists():
        raise StartupError(texts.NO_DATABASE.format(path=settings.database))
    return target


def _told(settings: Settings, target: Place, moved: tuple[Moved, ...]) -> Iterator[str]:
    width = max(len(one.table) for one in moved)
    for one in moved:
        yield f"{one.table:<{width}}  {one.rows:>12,}  {one.sha256}"
    rows = sum(one.rows for one in moved)
    yield texts.MOVED.format(
        rows=f"{rows:,}",
        tables=len(moved),
        old=shown(settings.database),
        new=shown(target),
        files=settings.files.absolute() if isinstance(settings.files, Path) else settings.files,
    )
