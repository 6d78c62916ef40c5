"""Datasets of a server: checked on the way in, saved as files named by their content, never changed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.characters import MAX_NAME_CHARACTERS, characters, is_name, mended, tidy
from bot.clock import Clock
from bot.datasets.checker import MIN_EXAMPLES
from bot.datasets.dataset_files import DatasetFiles
from bot.datasets.examples import first_examples, usual_system
from bot.datasets.findings import REPEATED, ErrorList, FileCheck
from bot.datasets.task import Outcome, Task, run
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.files.storage import Storage, arriving
from bot.kinds import kind_of
from bot.processes import Processes
from bot.store.contributions import WithdrawnError
from bot.store.datasets import Dataset, DatasetStore, NewDataset, Sources
from bot.texts import datasets as texts

MAX_UPLOAD_BYTES = 100 * 1024 * 1024
SHOWN_ERRORS = 5
SAMPLE_EXAMPLES = 2000  # enough to tell which system message is the usual one, whatever the file's size
SPLIT = " split"
CHECKS_AT_ONCE, CHECK_TIMEOUT_SECONDS = 2, 600.0


@dataclass(frozen=True)
class Incoming:
    """A file that was received: where it lies for now, and what it was called."""

    path: Path
    filename: str


@dataclass(frozen=True)
class Saved:
    """A new dataset, what its check found, and an older one of the server with the same content."""

    dataset: Dataset
    found: FileCheck
    same: Dataset | None = None


class DatasetService(DatasetFiles):
    """Takes files in and hands them out; what becomes of them in the storage is inherited."""

    def __init__(
        self,
        store: DatasetStore,
        storage: Storage,
        clock: Clock,
        files: AbstractAsyncContextManager[None] | None = None,
        unfinished: timedelta = timedelta(),
    ) -> None:
        """`files` and `unfinished`: see `DatasetFiles`."""
        super().__init__(store, storage, files or asyncio.Lock(), unfinished)
        self._clock = clock
        self._processes = Processes(at_once=CHECKS_AT_ONCE, timeout_seconds=CHECK_TIMEOUT_SECONDS)

    def refuse_too_large(self, size: int) -> None:
        """Raises `InvalidInputError` for more bytes than one upload may have."""
        if size > MAX_UPLOAD_BYTES:
            raise InvalidInputError(texts.TOO_LARGE, size=size / 1e6, most=MAX_UPLOAD_BYTES / 1e6)

    def incoming(self, size: int) -> Path:
        """An empty file to save an upload of this many bytes in. Raises `InvalidInputError` if that is too much."""
        self.refuse_too_large(size)
        return self._storage.new()

    async def forget(self, files: Sequence[Incoming]) -> None:
        """Delete what is still there of files that were received."""
        await asyncio.to_thread(self._storage.drop, *(file.path for file in files))

    async def upload(self, guild_id: int, user_id: int, path: Path, filename: str, name: str | None) -> Dataset:
        """Save one file, as `upload_all` does."""
        return (await self.upload_all(guild_id, user_id, [Incoming(path, filename)], name)).dataset

    async def upload_all(
        self,
        guild_id: int,
        user_id: int,
        files: Sequence[Incoming],
        name: str | None,
        kind: str | None = None,
        sources: Sources | None = None,
    ) -> Saved:
        """Check files and save them under a name, several as one in which every example stands once; the files are gone afterwards.

        Without a `kind` the system message of the examples tells it: slogans if it is the recipe's for them, else jokes.
        Raises `InvalidInputError` with lines and errors, `ConflictError` if the name is taken or a contribution was withdrawn. Then nothing is saved.
        """
        temporary = [file.path for file in files]
        try:
            chosen = tidy(name or Path(files[0].filename).stem)
            if not is_name(chosen):
                raise InvalidInputError(texts.BAD_NAME)
            await self._refuse_taken(guild_id, chosen)
            merged = self._storage.new() if len(files) > 1 else None
            temporary += [merged] if merged else []
            pairs = [(str(file.path), mended(file.filename)) for file in files]
            outcome = await run(Task(pairs, str(merged) if merged else None), self._processes)
            _refuse_errors(outcome.found)
            same = await self._store.same(guild_id, outcome.training.sha256)
            dataset = await self._save(guild_id, user_id, chosen, kind, outcome, temporary[-1], sources=sources)
            return Saved(dataset, outcome.found, same)
        finally:
            await asyncio.to_thread(self._storage.drop, *temporary)

    async def split(self, guild_id: int, user_id: int, name: str, share: int, seed: int) -> Saved:
        """Save a dataset anew as “… split”, with about `share` percent of its examples held back for validation, chosen by `seed`.

        Raises `NotFoundError`, `ConflictError`, and `InvalidInputError` if too few examples would be left to train on.
        """
        whole = await self.get(guild_id, name)
        chosen = "".join(characters(whole.name)[: MAX_NAME_CHARACTERS - len(SPLIT)]).rstrip() + SPLIT
        await self._refuse_taken(guild_id, chosen)
        if whole.validation_sha256:
            raise ConflictError(texts.ALREADY_SPLIT, name=whole.name)
        left = whole.examples - max(1, round(whole.examples * share / 100))
        if left < MIN_EXAMPLES:
            raise InvalidInputError(texts.TOO_FEW_LEFT, examples=texts.EXAMPLES.of(left), fewest=MIN_EXAMPLES)
        training, validation = self._storage.new(), self._storage.new()
        try:
            async with self.reading(whole) as path:
                task = Task([(str(path), whole.name)], str(training), str(validation), share, seed)
                outcome = await run(task, self._processes)
            _refuse_errors(outcome.found)
            _refuse_nothing_held_back(whole, outcome)
            sources = await self._store.sources(whole.id)
            dataset = await self._save(
                guild_id, user_id, chosen, whole.kind, outcome, training, validation, sources=sources
            )
            return Saved(dataset, outcome.found)
        finally:
            await asyncio.to_thread(self._storage.drop, training, validation)

    async def check(self, dataset: Dataset) -> FileCheck:
        """Check the file of a dataset again. Raises `NotFoundError` if it is deleted meanwhile."""
        async with self.reading(dataset) as path:
            return (await run(Task([(str(path), dataset.name)]), self._processes)).found

    async def remove(self, guild_id: int, dataset_id: int) -> Dataset:
        """Delete a dataset, and its files unless another has the same. Raises `NotFoundError`, `ConflictError` while a job uses it."""
        async with self._files:
            removed = await self._store.remove(guild_id, dataset_id, now=self._clock())
            if removed is None:
                raise NotFoundError(texts.REMOVED)
            dataset, job = removed
            if job is not None:
                raise ConflictError(texts.IN_USE, job=job, name=dataset.name)
            await self._delete_unused([dataset])
        return dataset

    async def list(self, guild_id: int) -> tuple[Dataset, ...]:
        """The server's datasets, newest first."""
        return await self._store.list(guild_id)

    async def get(self, guild_id: int, name: str) -> Dataset:
        """The dataset of that name. Raises `NotFoundError`."""
        dataset = await self._store.get(guild_id, name)
        if dataset is None:
            raise NotFoundError(texts.NO_DATASET, name=mended(name))
        return dataset

    async def refuse_removed(self, dataset_id: int) -> None:
        """Raises `NotFoundError` if the dataset behind a quote was removed since."""
        dataset = await self._store.by_id(dataset_id)
        if dataset.removed_at is not None:
            raise NotFoundError(texts.REMOVED_SINCE, name=dataset.name)

    @asynccontextmanager
    async def export(self, dataset: Dataset, limit_bytes: int) -> AsyncIterator[dict[str, Path]]:
        """The dataset's files, until left, under the names that people know.

        Raises `InvalidInputError` if they are more than can be sent at a time.
        """
        hashes = {f"{dataset.name}.jsonl": dataset.sha256}
        if dataset.validation_sha256:
            hashes[f"{dataset.name}.validation.jsonl"] = dataset.validation_sha256
        async with self._gone_told(dataset):
            size = sum([await self._storage.size(sha256) for sha256 in hashes.values()])
        if size > limit_bytes:
            files = ", ".join(f"{sha256}.jsonl" for sha256 in hashes.values())
            raise InvalidInputError(
                texts.TOO_LARGE_TO_SEND, most=limit_bytes / 1e6, size=size / 1e6, name=dataset.name, files=files
            )
        async with self.parts(dataset) as parts:
            paths = filter(None, (parts.training, parts.validation))
            yield dict(zip(hashes, paths, strict=True))

    async def _refuse_taken(self, guild_id: int, name: str) -> None:
        if await self._store.get(guild_id, name):
            raise ConflictError(texts.NAME_TAKEN, name=name)

    async def _save(
        self,
        guild_id: int,
        user_id: int,
        name: str,
        kind: str | None,
        outcome: Outcome,
        training: Path,
        validation: Path | None = None,
        *,
        sources: Sources | None = None,
    ) -> Dataset:
        part, held_back = outcome.training, outcome.validation
        system = usual_system(await asyncio.to_thread(first_examples, training, SAMPLE_EXAMPLES)) or None
        new = NewDataset(
            guild_id,
            name,
            part.sha256,
            part.bytes,
            outcome.found.examples,
            outcome.found.tokens,
            user_id,
            self._clock(),
            held_back.sha256 if held_back else None,
            held_back.examples if held_back else None,
            outcome.found.tool_examples,
            outcome.found.method,
            kind or kind_of(system).name,
            system,
        )
        files = [(training, part.sha256)]
        if validation and held_back:
            files.append((validation, held_back.sha256))
        refusal = texts.NAME_TAKEN
        async with arriving(self._storage, files) as names, self._files:
            for passing_name, sha256 in names:
                await self._storage.place(passing_name, sha256)
            try:
                dataset = await self._store.add(new, sources)
            except WithdrawnError:
                dataset, refusal = None, texts.WITHDRAWN_MEANWHILE
            if dataset is None:
                await self._delete({sha256 for _, sha256 in files})
        if dataset is None:
            raise ConflictError(refusal, name=name)
        return dataset


def _refuse_errors(found: FileCheck) -> None:
    if found.error_count:
        raise InvalidInputError(texts.UNUSABLE, errors=ErrorList(found.errors[:SHOWN_ERRORS], found.error_count))


def _refuse_nothing_held_back(whole: Dataset, outcome: Outcome) -> None:
    if outcome.validation and outcome.validation.examples:
        return
    if outcome.found.warning_counts.get(REPEATED) == outcome.found.examples - 1:
        raise InvalidInputError(texts.ALL_THE_SAME, count=whole.examples, name=whole.name)
    raise InvalidInputError(texts.NO_SPLIT, name=whole.name, fewest=MIN_EXAMPLES)
