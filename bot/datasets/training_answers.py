"""The answers in the training file of a model's job."""

import asyncio
from pathlib import Path

from cachetools import LRUCache

from bot.datasets.examples import examples
from bot.datasets.near_copies import KnownAnswers
from bot.datasets.service import DatasetService
from bot.errors import NotFoundError
from bot.store.datasets import Dataset, DatasetStore

REMEMBERED_FILES = 4


class TrainingAnswers:
    """Reads each file once, in a thread, and caches the most recently used ones by the hash of their content."""

    def __init__(self, store: DatasetStore, datasets: DatasetService) -> None:
        self._store = store
        self._datasets = datasets
        self._known = LRUCache[str, KnownAnswers](REMEMBERED_FILES)
        self._reading = asyncio.Lock()  # one file at a time, and none twice

    def forget(self, dataset: Dataset) -> None:
        """Drop a deleted dataset's answers from memory."""
        for sha256 in (dataset.sha256, dataset.validation_sha256):
            self._known.pop(sha256 or "", None)

    async def of_job(self, job_id: int | None) -> KnownAnswers:
        """The answers that a job trains on; none if there is no job, or its dataset was deleted."""
        dataset = None if job_id is None else await self._store.of_job(job_id)
        return await self.of(dataset) if dataset else KnownAnswers()

    async def of(self, dataset: Dataset) -> KnownAnswers:
        """The answers of a dataset; none if it was deleted."""
        if dataset.removed_at is not None:
            self._known.pop(dataset.sha256, None)
            return KnownAnswers()
        async with self._reading:
            known = self._known.get(dataset.sha256)
            if known is None:
                try:
                    async with self._datasets.reading(dataset) as path:
                        known = await asyncio.to_thread(_read, path)
                except NotFoundError:  # just deleted
                    return KnownAnswers()
                self._known[dataset.sha256] = known
        return known


def _read(path: Path) -> KnownAnswers:
    with path.open("rb") as lines:
        return KnownAnswers(example.assistant for example in examples(lines))
