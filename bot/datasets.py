"""Datasets of a server: checked on the way in, kept as files named by their content."""

import asyncio
import hashlib
import itertools
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from bot.clock import Clock
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.store.datasets import Dataset, DatasetStore, NewDataset
from bot.training_file import FileCheck, check, examples

MAX_BYTES = 100 * 1024 * 1024
NAME = re.compile(r"[\w][\w .+-]{0,39}", re.ASCII)
SHOWN_FAULTS = 5


@dataclass(frozen=True)
class Example:
    """One training example: what the model is told, asked, and should answer."""

    system: str
    user: str
    assistant: str


class DatasetService:
    """`folder` holds the files; it lies beside the database, so that one backup has both."""

    def __init__(self, store: DatasetStore, folder: Path, clock: Clock) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock

    def incoming(self, size: int) -> Path:
        """A fresh place to save an upload of this many bytes. Raises `InvalidInputError` if that is too much."""
        if size > MAX_BYTES:
            raise InvalidInputError(
                f"The file is {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB can be uploaded. Split it into smaller ones."
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"incoming-{uuid.uuid4().hex}"

    async def upload(self, guild_id: int, user_id: int, path: Path, filename: str, name: str | None) -> Dataset:
        """Check the file at `path` and keep it under a name; `path` is gone afterwards, whatever happens.

        Raises `InvalidInputError` with the line and the fault, `ConflictError` if the name is taken. Then nothing is stored.
        """
        try:
            chosen = _name(name or Path(filename).stem)
            if await self._store.get(guild_id, chosen):
                raise _taken(chosen)
            found, sha256, size = await asyncio.to_thread(_inspect, path)
            if found.fault_count:
                raise InvalidInputError(_complaint(found))
            await asyncio.to_thread(path.replace, self._file(sha256))
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        new = NewDataset(guild_id, chosen, sha256, size, found.examples, found.tokens, user_id, self._clock())
        dataset = await self._store.add(new)
        if dataset is None:
            raise _taken(chosen)
        return dataset

    async def list(self, guild_id: int) -> tuple[Dataset, ...]:
        """The server's datasets, newest first."""
        return await self._store.list(guild_id)

    async def get(self, guild_id: int, name: str) -> Dataset:
        """The dataset of that name. Raises `NotFoundError`."""
        dataset = await self._store.get(guild_id, name)
        if dataset is None:
            raise NotFoundError(f"There is no dataset “{name}” here. `/dataset list` shows what there is.")
        return dataset

    async def sample(self, dataset: Dataset, count: int = 3) -> tuple[Example, ...]:
        """The first examples of the file."""
        return await asyncio.to_thread(_head, self.path(dataset), count)

    def path(self, dataset: Dataset) -> Path:
        """The file of a dataset."""
        return self._file(dataset.sha256)

    def validation_path(self, dataset: Dataset) -> Path | None:
        """The file of the part that is held back from training, if there is one."""
        return self._file(dataset.validation_sha256) if dataset.validation_sha256 else None

    def _file(self, sha256: str) -> Path:
        return self._folder / f"{sha256}.jsonl"


def _name(wanted: str) -> str:
    name = " ".join(wanted.split())
    if not NAME.fullmatch(name):
        raise InvalidInputError(
            "A dataset's name has 1 to 40 letters, digits, spaces, dots, dashes or underscores. Choose another with `name`."
        )
    return name


def _taken(name: str) -> ConflictError:
    return ConflictError(f"There is a dataset “{name}” already. Choose another name with `name`.")


def _inspect(path: Path) -> tuple[FileCheck, str, int]:
    with path.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        size = content.tell()
        content.seek(0)
        return check(content), sha256, size


def _head(path: Path, count: int) -> tuple[Example, ...]:
    with path.open("rb") as lines:
        return tuple(Example(*parts) for parts in itertools.islice(examples(lines), count))


def _complaint(found: FileCheck) -> str:
    shown = [str(fault) for fault in found.faults[:SHOWN_FAULTS]]
    more = found.fault_count - len(shown)
    rest = [f"… and {more} more."] if more > 0 else []
    return "\n".join(["This file cannot be used; nothing was stored.", *shown, *rest])
