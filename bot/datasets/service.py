"""Datasets of a server: checked on the way in, saved as files named by their content, never changed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.characters import MAX_NAME_CHARACTERS, characters, is_name, mended, tidy
from bot.clock import Clock
from bot.datasets.checker import MIN_EXAMPLES
from bot.datasets.examples import Example, first_examples, usual_system
from bot.datasets.files import Folder
from bot.datasets.findings import REPEATED, ErrorList, FileCheck
from bot.datasets.task import Outcome, Task, run
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.kinds import kind_of
from bot.processes import Processes
from bot.store.contributions import WithdrawnError
from bot.store.datasets import Dataset, DatasetStore, NewDataset, Sources
from bot.texts import datasets as texts

log = logging.getLogger(__name__)

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


class DatasetService:
    """`folder` holds the files; it lies beside the database, so that one backup has both."""

    def __init__(
        self,
        store: DatasetStore,
        folder: Path,
        clock: Clock,
        files: AbstractAsyncContextManager[None] | None = None,
        unfinished: timedelta = timedelta(),
    ) -> None:
        """`files` is a lock, of all processes that use the folder. What came in and was not saved is left alone for so long as `unfinished`."""
        self._store = store
        self._folder = Folder(folder)
        self._clock = clock
        self._processes = Processes(at_once=CHECKS_AT_ONCE, timeout_seconds=CHECK_TIMEOUT_SECONDS)
        self._unfinished = unfinished
        self._files = (
            files or asyncio.Lock()
        )  # nobody drops a file while somebody else is about to save the same content

    def refuse_too_large(self, size: int) -> None:
        """Raises `InvalidInputError` for more bytes than one upload may have."""
        if size > MAX_UPLOAD_BYTES:
            raise InvalidInputError(texts.TOO_LARGE, size=size / 1e6, most=MAX_UPLOAD_BYTES / 1e6)

    def incoming(self, size: int) -> Path:
        """An empty file to save an upload of this many bytes in. Raises `InvalidInputError` if that is too much."""
        self.refuse_too_large(size)
        return self._folder.new()

    async def sweep(self) -> None:
        """Delete what interrupted uploads and removals left behind. Call it before the first upload."""
        async with self._files:
            removed, saved = await self._store.removed_files(), await self._store.saved_files()
            try:
                await asyncio.to_thread(self._folder.sweep, self._unfinished.total_seconds())
                await asyncio.to_thread(self._folder.tidy, saved, *removed)
            except PermissionError as error:  # files that belong to somebody else, whom the operator knows
                log.warning("Cannot keep the dataset files from other users of this machine: %s", error)

    async def forget(self, files: Sequence[Incoming]) -> None:
        """Delete what is still there of files that were received."""
        await asyncio.to_thread(self._folder.drop, *(file.path for file in files))

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
            merged = self._folder.new() if len(files) > 1 else None
            temporary += [merged] if merged else []
            pairs = [(str(file.path), mended(file.filename)) for file in files]
            outcome = await run(Task(pairs, str(merged) if merged else None), self._processes)
            _refuse_errors(outcome.found)
            same = await self._store.same(guild_id, outcome.training.sha256)
            dataset = await self._save(guild_id, user_id, chosen, kind, outcome, temporary[-1], sources=sources)
            return Saved(dataset, outcome.found, same)
        finally:
            await asyncio.to_thread(self._folder.drop, *temporary)

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
        training, validation = self._folder.new(), self._folder.new()
        try:
            async with self._reading(whole) as path:
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
            await asyncio.to_thread(self._folder.drop, training, validation)

    async def check(self, dataset: Dataset) -> FileCheck:
        """Check the file of a dataset again. Raises `NotFoundError` if it is deleted meanwhile."""
        async with self._reading(dataset) as path:
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
            saved = await self._store.saved_files()
            await asyncio.to_thread(self._folder.tidy, saved, dataset.sha256, dataset.validation_sha256)
        return dataset

    async def delete_withdrawn(self, datasets: Sequence[Dataset]) -> None:
        """Delete the files of removed datasets, except files that another dataset shares. The next start retries failures."""
        async with self._files:
            try:
                hashes = [sha256 for one in datasets for sha256 in (one.sha256, one.validation_sha256)]
                await asyncio.to_thread(self._folder.tidy, await self._store.saved_files(), *hashes)
            except OSError:
                log.exception("The files of removed datasets could not be deleted.")

    async def list(self, guild_id: int) -> tuple[Dataset, ...]:
        """The server's datasets, newest first."""
        return await self._store.list(guild_id)

    async def get(self, guild_id: int, name: str) -> Dataset:
        """The dataset of that name. Raises `NotFoundError`."""
        dataset = await self._store.get(guild_id, name)
        if dataset is None:
            raise NotFoundError(texts.NO_DATASET, name=mended(name))
        return dataset

    async def by_id(self, guild_id: int, dataset_id: int) -> Dataset:
        """The server's dataset of that number, as buttons have it. Raises `NotFoundError` if it was deleted."""
        dataset = await self._store.by_number(guild_id, dataset_id)
        if dataset is None:
            raise NotFoundError(texts.REMOVED)
        return dataset

    async def refuse_removed(self, dataset_id: int) -> None:
        """Raises `NotFoundError` if the dataset behind a quote was removed since."""
        dataset = await self._store.by_id(dataset_id)
        if dataset.removed_at is not None:
            raise NotFoundError(texts.REMOVED_SINCE, name=dataset.name)

    async def sample(self, dataset: Dataset, count: int = 3) -> tuple[Example, ...]:
        """The first examples of the file. Raises `NotFoundError` if it is deleted meanwhile."""
        async with self._reading(dataset) as path:
            return await asyncio.to_thread(first_examples, path, count)

    async def export(self, dataset: Dataset, limit_bytes: int) -> dict[str, Path]:
        """The dataset's files under the names that people know. Raises `InvalidInputError` if they are more than can be sent at a time."""
        paths = {f"{dataset.name}.jsonl": self.path(dataset)}
        if held_back := self.validation_path(dataset):
            paths[f"{dataset.name}.validation.jsonl"] = held_back
        async with self._reading(dataset):
            size = await asyncio.to_thread(lambda: sum(path.stat().st_size for path in paths.values()))
        if size > limit_bytes:
            files = ", ".join(path.name for path in paths.values())
            raise InvalidInputError(
                texts.TOO_LARGE_TO_SEND, most=limit_bytes / 1e6, size=size / 1e6, name=dataset.name, files=files
            )
        return paths

    def path(self, dataset: Dataset) -> Path:
        """The file of a dataset."""
        return self._folder.file(dataset.sha256)

    def validation_path(self, dataset: Dataset) -> Path | None:
        """The file of the part that is held back from training, if there is one."""
        return self._folder.file(dataset.validation_sha256) if dataset.validation_sha256 else None

    @asynccontextmanager
    async def _reading(self, dataset: Dataset) -> AsyncIterator[Path]:
        try:
            yield self.path(dataset)
        except (FileNotFoundError, RuntimeError):
            await self.by_id(dataset.guild_id, dataset.id)
            raise

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
        async with self._files:
            await asyncio.to_thread(self._folder.save, training, part.sha256)
            if validation and held_back:
                await asyncio.to_thread(self._folder.save, validation, held_back.sha256)
            try:
                dataset, refusal = await self._store.add(new, sources), texts.NAME_TAKEN
            except WithdrawnError:
                dataset, refusal = None, texts.WITHDRAWN_MEANWHILE
            if dataset is None:
                saved = await self._store.saved_files()
                await asyncio.to_thread(self._folder.tidy, saved, new.sha256, new.validation_sha256)
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
