"""Datasets of a server: checked on the way in, kept as files named by their content, never changed."""

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.clock import Clock
from bot.datasets import worker
from bot.datasets.checker import examples
from bot.datasets.findings import FileCheck
from bot.datasets.folder import Folder
from bot.datasets.rules import LIMIT_NAME, checked_name, complaint, refuse_too_few, refuse_too_large, taken
from bot.datasets.worker import Outcome, Task
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.processes import Processes
from bot.store.datasets import Dataset, DatasetStore, NewDataset

SPLIT = " split"
CHECKS_AT_ONCE, CHECK_TIMEOUT_SECONDS = 2, 600.0


@dataclass(frozen=True)
class Example:
    """One training example: what the model is told, asked, and should answer."""

    system: str
    user: str
    assistant: str


@dataclass(frozen=True)
class Incoming:
    """A file that was received: where it lies for now, and what it was called."""

    path: Path
    filename: str


@dataclass(frozen=True)
class Kept:
    """A new dataset, what its check found, and an older one of the server with the same content."""

    dataset: Dataset
    found: FileCheck
    same: Dataset | None = field(default=None)


class DatasetService:
    """`folder` holds the files; it lies beside the database, so that one backup has both."""

    def __init__(self, store: DatasetStore, folder: Path, clock: Clock) -> None:
        self._store = store
        self._folder = Folder(folder)
        self._clock = clock
        self._processes = Processes(at_once=CHECKS_AT_ONCE, timeout_seconds=CHECK_TIMEOUT_SECONDS)
        self._files = asyncio.Lock()  # nobody drops a file while somebody else is about to keep the same content

    def incoming(self, size: int) -> Path:
        """A fresh place to save an upload of this many bytes. Raises `InvalidInputError` if that is too much."""
        refuse_too_large(size)
        return self._folder.new()

    async def sweep(self) -> None:
        """Delete what uploads left that were under way when the bot was killed; call it before the first one."""
        await self._folder.sweep()

    async def forget(self, files: Sequence[Incoming]) -> None:
        """Delete what is still there of files that were received."""
        await self._folder.drop(*(file.path for file in files))

    async def upload(self, guild_id: int, user_id: int, path: Path, filename: str, name: str | None) -> Dataset:
        """Keep one file, as `upload_all` does."""
        return (await self.upload_all(guild_id, user_id, [Incoming(path, filename)], name)).dataset

    async def upload_all(self, guild_id: int, user_id: int, files: Sequence[Incoming], name: str | None) -> Kept:
        """Check files and keep them under a name, several as one in which every example stands once; the files are gone afterwards.

        Raises `InvalidInputError` with lines and faults, `ConflictError` if the name is taken. Then nothing is stored.
        """
        temporary = [file.path for file in files]
        try:
            chosen = checked_name(name or Path(files[0].filename).stem)
            await self._refuse_taken(guild_id, chosen)
            if len(files) > 1:
                temporary.append(self._folder.new())
            outcome = await worker.run(_task_of(files, temporary[-1]), self._processes)
            if outcome.found.fault_count:
                raise InvalidInputError(complaint(outcome.found))
            same = await self._store.same(guild_id, outcome.training.sha256)
            dataset = await self._keep(guild_id, user_id, chosen, outcome, temporary[-1])
            return Kept(dataset, outcome.found, same)
        finally:
            await self._folder.drop(*temporary)

    async def split(self, guild_id: int, user_id: int, name: str, share: int, seed: int) -> Kept:
        """Keep a dataset anew as “… split”, with `share` percent of its examples held back for validation, chosen by `seed`.

        Raises `NotFoundError`, `ConflictError`, and `InvalidInputError` if too few examples would be left to train on.
        """
        whole = await self.get(guild_id, name)
        chosen = f"{whole.name[: LIMIT_NAME - len(SPLIT)]}{SPLIT}"
        await self._refuse_taken(guild_id, chosen)
        held_back = max(1, round(whole.examples * share / 100))
        if whole.validation_sha256:
            raise ConflictError(f"“{whole.name}” is split already. Split the dataset that it was made of.")
        refuse_too_few(whole.examples - held_back)
        training, validation = self._folder.new(), self._folder.new()
        try:
            files = [(str(self.path(whole)), whole.name)]
            task = Task(files, str(training), str(validation), whole.examples, held_back, seed)
            outcome = await worker.run(task, self._processes)
            refuse_too_few(outcome.found.examples)
            return Kept(await self._keep(guild_id, user_id, chosen, outcome, training, validation), outcome.found)
        finally:
            await self._folder.drop(training, validation)

    async def check(self, dataset: Dataset) -> FileCheck:
        """Check the file of a dataset again."""
        task = Task([(str(self.path(dataset)), dataset.name)])
        return (await worker.run(task, self._processes)).found

    async def remove(self, guild_id: int, dataset_id: int) -> Dataset:
        """Take a dataset away, and its files unless another has the same. Raises `NotFoundError`, `ConflictError` while a job uses it."""
        dataset = await self._store.by_number(guild_id, dataset_id)
        if dataset is None:
            raise NotFoundError("This dataset is gone already. `/dataset list` shows what there is.")
        async with self._files:
            job = await self._store.remove(dataset.id, now=self._clock())
            if job is not None:
                raise ConflictError(
                    f"Job {job} is training on “{dataset.name}”. Wait for it, or stop it with `/finetune cancel {job}`; then remove it."
                )
            await self._folder.tidy(await self._store.kept_files(), dataset.sha256, dataset.validation_sha256)
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

    async def refuse_removed(self, dataset_id: int) -> None:
        """Raises `NotFoundError` if the dataset behind a quote was removed since."""
        dataset = await self._store.by_id(dataset_id)
        if dataset.removed_at is not None:
            raise NotFoundError(
                f"“{dataset.name}” was removed since. Ask for a quote on another dataset with `/finetune launch`."
            )

    async def sample(self, dataset: Dataset, count: int = 3) -> tuple[Example, ...]:
        """The first examples of the file."""
        return await asyncio.to_thread(_head, self.path(dataset), count)

    def path(self, dataset: Dataset) -> Path:
        """The file of a dataset."""
        return self._folder.file(dataset.sha256)

    def validation_path(self, dataset: Dataset) -> Path | None:
        """The file of the part that is held back from training, if there is one."""
        return self._folder.file(dataset.validation_sha256) if dataset.validation_sha256 else None

    async def _refuse_taken(self, guild_id: int, name: str) -> None:
        if await self._store.get(guild_id, name):
            raise taken(name)

    async def _keep(
        self, guild_id: int, user_id: int, name: str, outcome: Outcome, training: Path, validation: Path | None = None
    ) -> Dataset:
        part, held_back = outcome.training, outcome.validation
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
        )
        async with self._files:
            await self._folder.keep(training, part.sha256)
            if validation and held_back:
                await self._folder.keep(validation, held_back.sha256)
            dataset = await self._store.add(new)
            if dataset is None:
                await self._folder.tidy(await self._store.kept_files(), new.sha256, new.validation_sha256)
                raise taken(name)
        return dataset


def _task_of(files: Sequence[Incoming], merged: Path) -> Task:
    pairs = [(str(file.path), file.filename) for file in files]
    return Task(pairs, str(merged) if len(files) > 1 else None)


def _head(path: Path, count: int) -> tuple[Example, ...]:
    with path.open("rb") as lines:
        return tuple(Example(*parts) for parts in itertools.islice(examples(lines), count))
