"""The files of datasets: the storage has them, and the database says which of them are datasets."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.datasets.examples import Example, examples
from bot.errors import MissingFileError, NotFoundError, StorageError
from bot.files.storage import Found, Storage
from bot.loop import Loop
from bot.store.datasets import Dataset, DatasetStore
from bot.texts import datasets as texts
from bot.texts import storage as storage_texts

log = logging.getLogger(__name__)

UNFINISHED = timedelta(days=1)  # for which somebody may be at an upload, by far
RETRY_SECONDS, IDLE_SECONDS = 300.0, 24 * 3600.0


@dataclass(frozen=True)
class Parts:
    """The files of a dataset on this machine; `validation` is None where nothing is held back."""

    training: Path
    validation: Path | None


class DatasetFiles:
    """Reads files, deletes those that no dataset has any more, and sweeps what was left half-done."""

    def __init__(
        self,
        store: DatasetStore,
        storage: Storage,
        files: AbstractAsyncContextManager[None],
        unfinished: timedelta,
    ) -> None:
        """`files` is a lock, of all processes that use the storage: nobody drops a file while somebody else is about to save the same
        content. What came in and was not saved is left alone for so long as `unfinished`."""
        self._store = store
        self._storage = storage
        self._files = files
        self._unfinished = unfinished
        self._owed = asyncio.Event()  # set where files could not be deleted
        self._is_tidy = False  # whether a sweep has just been done
        self._loop = Loop("dataset files", self._work, self._owed, everywhere=True)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Sweep, then delete in the background what could not be deleted at first, until left.

        Raises `StorageError` where the storage refuses; one that does not answer is tried again.
        """
        try:
            await self.sweep()
            self._is_tidy = True
        except StorageError as error:
            if not error.may_pass:
                raise
            log.warning("The storage of the dataset files cannot be used: %s. It is tried again.", error.reason)
        async with self._loop.running():
            yield

    async def _work(self) -> float:
        """Uploads may be under way now, so what came in lately is left alone."""
        if self._is_tidy:
            self._is_tidy = False
            return IDLE_SECONDS
        try:
            await self._sweep(max(self._unfinished, UNFINISHED))
        except StorageError as error:
            log.warning("Dataset files could not be deleted: %s. It is tried again.", error.reason)
            return RETRY_SECONDS
        return IDLE_SECONDS

    async def sweep(self) -> None:
        """Delete what interrupted uploads and removals left behind. Call it before the first upload."""
        try:
            await self._storage.prepare(self._unfinished.total_seconds())
            await self._sweep(self._unfinished)
        except PermissionError as error:  # files that belong to somebody else, whom the operator knows
            log.warning("Cannot keep the dataset files from other users of this machine: %s", error)

    async def _sweep(self, unfinished: timedelta) -> None:
        """A file that no dataset has is deleted only if the database knew it, or its passing name is still there."""
        found = await self._storage.list()
        present = {one.sha256 for one in found if one.sha256 and not one.is_passing}
        old = [one for one in found if one.is_passing and one.age_seconds >= unfinished.total_seconds()]
        async with self._files:
            left = {one.sha256 for one in old if one.sha256} | await self._store.removed_files()
            await self._delete(left & present)
            await self._storage.let_go([one.name for one in old])

    async def missing(self) -> tuple[Sequence[Found], frozenset[str]]:
        """All files, and the SHA-256 of those that datasets have and that are not there."""
        saved, found = await self._store.saved_files(), await self._storage.list()
        return found, saved - {one.sha256 for one in found if one.sha256 and not one.is_passing}

    async def try_storage(self) -> None:
        """Write, read and delete a small file. Raises `StorageError`."""
        await self._storage.try_out()

    async def by_id(self, guild_id: int, dataset_id: int) -> Dataset:
        """The server's dataset of that number, as buttons have it. Raises `NotFoundError` if it was deleted."""
        dataset = await self._store.by_number(guild_id, dataset_id)
        if dataset is None:
            raise NotFoundError(texts.REMOVED)
        return dataset

    async def sample(self, dataset: Dataset, count: int = 3) -> tuple[Example, ...]:
        """The first examples of the file. Raises `NotFoundError` if it is deleted meanwhile."""
        async with self._gone_told(dataset):
            lines = await self._storage.first_lines(dataset.sha256, count)
        return tuple(examples(lines))

    @asynccontextmanager
    async def reading(self, dataset: Dataset) -> AsyncIterator[Path]:
        """The file that is trained on, on this machine until left. Raises `NotFoundError` if it is deleted meanwhile."""
        async with self._gone_told(dataset), self._storage.reading(dataset.sha256) as path:
            yield path

    @asynccontextmanager
    async def parts(self, dataset: Dataset) -> AsyncIterator[Parts]:
        """That and what is held back from training. Raises `NotFoundError` if they are deleted meanwhile."""
        async with self._gone_told(dataset), AsyncExitStack() as opened:
            training = await opened.enter_async_context(self._storage.reading(dataset.sha256))
            held_back = None
            if dataset.validation_sha256:
                held_back = await opened.enter_async_context(self._storage.reading(dataset.validation_sha256))
            yield Parts(training, held_back)

    @asynccontextmanager
    async def _gone_told(self, dataset: Dataset) -> AsyncIterator[None]:
        try:
            yield
        except (FileNotFoundError, RuntimeError) as error:  # the second is of a process that reads it
            await self.by_id(dataset.guild_id, dataset.id)
            if not isinstance(error, FileNotFoundError):
                raise
            log.error("The file %s.jsonl of dataset %d is missing.", dataset.sha256, dataset.id)
            raise MissingFileError(storage_texts.MISSING, name=dataset.name) from error

    async def delete_withdrawn(self, datasets: Sequence[Dataset]) -> bool:
        """Delete the files of removed datasets, except files that another dataset shares; whether that was done. Failures are tried again."""
        async with self._files:
            return await self._delete_unused(datasets)

    async def _delete_unused(self, datasets: Sequence[Dataset]) -> bool:
        """The rows say that they are removed, so nobody can get at the files, and another try can delete them."""
        try:
            await self._delete({sha256 for one in datasets for sha256 in (one.sha256, one.validation_sha256) if sha256})
        except StorageError as error:
            log.warning("The files of removed datasets could not be deleted: %s. It is tried again.", error.reason)
        except OSError:
            log.exception("The files of removed datasets could not be deleted. It is tried again.")
        else:
            return True
        self._is_tidy = False
        self._owed.set()
        return False

    async def _delete(self, hashes: Collection[str]) -> None:
        """Delete files, but for those of saved datasets. The lock is held."""
        if hashes:
            await self._storage.delete(frozenset(hashes) - await self._store.saved_files())
