"""The dataset files: whether they can be written, and whether all are there."""

from dataclasses import dataclass

from bot.app import App
from bot.checks.finding import Finding
from bot.checks.machine import megabytes
from bot.errors import StorageError
from bot.texts import checks as texts

MAX_NAMED = 3


@dataclass(frozen=True)
class Looked:
    """The finding, and how large all files are, for people."""

    finding: Finding
    size: str


async def dataset_files(app: App) -> Looked:
    """Write a file and delete it, and compare what is there with the database."""
    place = app.settings.files
    try:
        await app.datasets.try_storage()
        found, missing = await app.datasets.missing()
    except StorageError as error:
        text = texts.FILES_FAIL.format(place=place, reason=error.reason)
        return Looked(Finding("Datasets", False, text), texts.UNKNOWN_SIZE)
    size = megabytes(sum(one.bytes for one in found))
    if missing:
        names = ", ".join(f"{sha256[:12]}….jsonl" for sha256 in sorted(missing)[:MAX_NAMED])
        text = texts.FILES_MISSING.format(place=place, count=len(missing), names=names)
        return Looked(Finding("Datasets", False, text), size)
    text = texts.FILES.format(place=place, count=len(found), size=size)
    return Looked(Finding("Datasets", True, text), size)
