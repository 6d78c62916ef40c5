"""Opening the place that the settings name."""

from pathlib import Path

from bot.errors import StartupError
from bot.files.folder import Folder
from bot.files.place import FilesPlace
from bot.files.storage import Storage
from bot.texts.startup import NO_OBJECTS_PACKAGE


def open_storage(place: FilesPlace, local: Path) -> Storage:
    """Nothing is asked of a server yet. `local` is a folder for files on their way to a bucket and from there.

    Raises `StartupError` where a package is missing.
    """
    if isinstance(place, Path):
        return Folder(place)
    try:
        from bot.files.object_store import ObjectStore  # noqa: PLC0415  # a package that a bot with a folder needs not
    except ModuleNotFoundError as error:
        raise StartupError(NO_OBJECTS_PACKAGE) from error
    return ObjectStore(place, Folder(local))
