"""Datasets in the making: examples come in one by one, by the page or by the file, and a version is saved as a dataset."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.characters import MAX_NAME_CHARACTERS, characters, is_name, mended, tidy
from bot.clock import Clock
from bot.datasets.checker import MIN_EXAMPLES
from bot.datasets.importing.found import MAX_EXAMPLES, Found, ImportFailedError, Turn
from bot.datasets.importing.reading import read_lines
from bot.datasets.importing.worker import found_in
from bot.datasets.service import DatasetService, Incoming, Saved
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.kinds import JOKE, KINDS, kind_of
from bot.processes import Processes
from bot.store.contributions import ContributionStore
from bot.store.database import Database
from bot.store.datasets import Sources
from bot.store.drafts import Draft, DraftExample, DraftStore, Turns
from bot.texts import datasets as dataset_texts
from bot.texts import importing as texts
from bot.texts.template import Sentence

READS_AT_ONCE, READ_TIMEOUT_SECONDS = 2, 120.0
MARK = "=>"


@dataclass(frozen=True)
class Drafted:
    """A draft, and what was just read into it."""

    draft: Draft
    found: Found


class DraftService:
    """Keeps the drafts of all servers. Every change is written at once, so a restart loses nothing."""

    def __init__(self, database: Database, datasets: DatasetService, clock: Clock) -> None:
        self._database = database
        self._store = DraftStore(database)
        self._contributions = ContributionStore(database)
        self._datasets = datasets
        self._clock = clock
        self._processes = Processes(at_once=READS_AT_ONCE, timeout_seconds=READ_TIMEOUT_SECONDS)

    async def create(
        self, guild_id: int, user_id: int, name: str, system: str | None = None, kind: str = JOKE.name
    ) -> Draft:
        """An empty draft; `system` defaults to its kind's. Raises `InvalidInputError`, or `ConflictError` if the name is taken."""
        chosen = tidy(name)
        if not is_name(chosen):
            raise InvalidInputError(dataset_texts.BAD_NAME)
        message = (system or "").strip() or KINDS[kind].system
        now = self._clock()
        draft = await self._store.add(guild_id, chosen, message, kind=kind, created_by=user_id, now=now)
        if draft is None:
            raise ConflictError(texts.DRAFT_TAKEN, name=chosen)
        return draft

    async def read_file(
        self, guild_id: int, user_id: int, file: Incoming, name: str | None, kind: str | None = None
    ) -> Drafted:
        """A draft from a file that is not a training file. `kind` defaults to what the chats' system message suggests, as for datasets.

        Raises `InvalidInputError`, `ConflictError`.
        """
        try:
            found = await found_in(file.path, self._processes)
        except ImportFailedError as error:
            raise InvalidInputError(error.template, **error.values) from error
        async with self._database.transaction():
            known = kind or _kind_of(found.chats)
            draft = await self.create(guild_id, user_id, name or Path(file.filename).stem, kind=known)
            await self._store.add_examples(draft.id, found.chats)
        return Drafted(await self.by_id(guild_id, draft.id), found)

    async def of_pairs(
        self, guild_id: int, user_id: int, name: str, kind: str, words: Sentence, pairs: Sequence[tuple[str, str]]
    ) -> Drafted:
        """A draft from questions and answers in the database; `words` describe them. Raises `InvalidInputError`,
        `ConflictError`."""
        found = Found(words)
        for number, (question, answer) in enumerate(pairs[:MAX_EXAMPLES], 1):
            found.add_pair(number, question, answer)
        if not found.chats:
            raise InvalidInputError(texts.NOTHING_LIKED[kind])
        async with self._database.transaction():
            draft = await self.create(guild_id, user_id, name, kind=kind)
            await self._store.add_examples(draft.id, found.chats)
            await self._store.note_askers(draft.id, kind)
        return Drafted(await self.by_id(guild_id, draft.id), found)

    async def add(self, guild_id: int, draft_id: int, scenario: str, punchline: str) -> Draft:
        """One more example. Raises `InvalidInputError`, `NotFoundError`."""
        draft = await self.by_id(guild_id, draft_id)
        await self._store.add_examples(draft.id, [pair_of(scenario, punchline)])
        return await self.by_id(guild_id, draft_id)

    async def paste(self, guild_id: int, draft_id: int, text: str) -> Drafted:
        """An example a line. Raises `InvalidInputError` if no line is one."""
        draft = await self.by_id(guild_id, draft_id)
        found = read_lines(mended(text), MARK)
        if not found.chats:
            raise InvalidInputError(texts.NONE_PASTED)
        await self._store.add_examples(draft.id, found.chats)
        return Drafted(await self.by_id(guild_id, draft_id), found)

    async def save(self, guild_id: int, user_id: int, draft_id: int) -> Saved:
        """A dataset of what the draft holds now, named after it with the version's number. Raises `InvalidInputError`."""
        draft = await self.by_id(guild_id, draft_id)
        if draft.examples < MIN_EXAMPLES:
            raise InvalidInputError(texts.TOO_FEW_DRAFTED, fewest=MIN_EXAMPLES, count=draft.examples)
        async with self._database.transaction():  # so that both are of the same moment
            examples, given = await self._store.examples(draft.id), await self._contributions.in_draft(draft.id)
            askers = await self._store.askers(draft.id)
        content = b"".join(_line(turns, draft.system) for turns in examples)
        path = self._datasets.incoming(len(content))
        await asyncio.to_thread(path.write_bytes, content)
        name = await self._free_name(draft)
        files = [Incoming(path, f"{name}.jsonl")]
        saved = await self._datasets.upload_all(guild_id, user_id, files, name, draft.kind, Sources(given, askers))
        await self._store.add_version(draft.id)
        return saved

    async def _free_name(self, draft: Draft) -> str:
        """Its own name for the first version, then with a number that no dataset has."""
        taken = {dataset.name for dataset in await self._datasets.list(draft.guild_id)}
        number, name = draft.versions + 1, draft.name
        while number > 1 or name in taken:
            number = max(2, number)
            end = texts.VERSION_NAME.format(name="", number=number)
            name = "".join(characters(draft.name)[: MAX_NAME_CHARACTERS - len(end)]).rstrip() + end
            if name not in taken:
                break
            number += 1
        return name

    async def review(self, guild_id: int, draft_id: int, after: int = 0) -> tuple[Draft, DraftExample | None]:
        """The draft and its first example behind the one with that number; None behind the last."""
        draft = await self.by_id(guild_id, draft_id)
        return draft, await self._store.next_example(draft.id, after)

    async def example(self, guild_id: int, example_id: int) -> DraftExample:
        """Raises `NotFoundError` if it was dropped."""
        example = await self._store.example(guild_id, example_id)
        if example is None:
            raise NotFoundError(texts.EXAMPLE_GONE)
        return example

    async def edit(self, guild_id: int, example_id: int, scenario: str, punchline: str) -> DraftExample:
        """Replace an example's texts; its own system message, if any, stays. If a member contributed it, they see the new texts."""
        async with self._database.transaction():
            example = await self.example(guild_id, example_id)
            system = [turn for turn in example.turns if turn[0] == "system"]
            question, answer = pair_of(scenario, punchline)
            await self._store.change_example(example.id, [*system, question, answer])
            given = await self._contributions.get(guild_id, example.contribution_id or 0)
            if given and given.pair != (question.content, answer.content):
                await self._contributions.change(given, (question.content, answer.content))
            return await self.example(guild_id, example_id)

    async def drop(self, guild_id: int, example_id: int) -> DraftExample:
        """Delete an example; returns what it was."""
        async with self._database.transaction():
            example = await self.example(guild_id, example_id)
            await self._store.drop_example(example.id)
            if example.contribution_id is not None:
                await self._contributions.drop(example.contribution_id)
        return example

    async def discard(self, guild_id: int, draft_id: int) -> Draft:
        """Delete a draft. Raises `NotFoundError`."""
        draft = await self.by_id(guild_id, draft_id)
        await self._store.remove(draft.id)
        return draft

    async def list(self, guild_id: int) -> tuple[Draft, ...]:
        """The server's drafts, newest first."""
        return await self._store.list(guild_id)

    async def get(self, guild_id: int, name: str) -> Draft:
        """The draft of that name. Raises `NotFoundError`."""
        draft = await self._store.named(guild_id, tidy(name))
        if draft is None:
            raise NotFoundError(texts.NO_DRAFT, name=mended(name))
        return draft

    async def by_id(self, guild_id: int, draft_id: int) -> Draft:
        """The draft of that number, as buttons have it. Raises `NotFoundError`."""
        draft = await self._store.get(guild_id, draft_id)
        if draft is None:
            raise NotFoundError(texts.DRAFT_GONE)
        return draft


def _kind_of(chats: Sequence[Turns]) -> str:
    systems = Counter(content for turns in chats for role, content in turns if role == "system")
    return kind_of(systems.most_common(1)[0][0] if systems else None).name


def pair_of(scenario: str, punchline: str) -> list[Turn]:
    """The two turns of an example. Raises `InvalidInputError` if one is empty."""
    scenario, punchline = mended(scenario).strip(), mended(punchline).strip()
    if not scenario or not punchline:
        raise InvalidInputError(texts.EMPTY_FIELD)
    return [Turn("user", scenario), Turn("assistant", punchline)]


def _line(turns: Turns, system: str) -> bytes:
    first = [] if turns[0][0] == "system" else [("system", system)]
    messages = [{"role": role, "content": mended(content)} for role, content in (*first, *turns)]
    return json.dumps({"messages": messages}, ensure_ascii=False).encode() + b"\n"
