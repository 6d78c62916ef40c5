"""Datasets in the making: drafts of a server, and their examples."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from bot.characters import name_key
from bot.store.database import Database, Row, read_moments

# The messages of an example: role and content.
Turns: TypeAlias = Sequence[tuple[str, str]]
BATCH = 500  # rows in one statement


@dataclass(frozen=True)
class Draft:
    """`kind` is joke or slogan, `system` the default system message, `versions` how many datasets were saved from it, `examples` how many it has now."""

    id: int
    guild_id: int
    name: str
    system: str
    kind: str
    versions: int
    created_by: int
    created_at: datetime
    examples: int


@dataclass(frozen=True)
class DraftExample:
    """One example, and its place in the draft, counted from 1. `contribution_id` is set if a member contributed it."""

    id: int
    draft_id: int
    turns: Turns
    place: int
    contribution_id: int | None

    @property
    def is_pair(self) -> bool:
        """Whether it is one question and one answer, which a form can hold."""
        return [role for role, _ in self.turns if role != "system"] == ["user", "assistant"]


_DRAFT = "SELECT d.*, (SELECT COUNT(*) FROM draft_examples e WHERE e.draft_id = d.id) AS examples FROM drafts d"
_PLACE = "(SELECT COUNT(*) FROM draft_examples p WHERE p.draft_id = e.draft_id AND p.id <= e.id) AS place"
_EXAMPLE = f"SELECT e.*, {_PLACE} FROM draft_examples e JOIN drafts d ON d.id = e.draft_id"  # noqa: S608  # our own


class DraftStore:
    """Drafts by server and name; names differ in more than case, in any script."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, guild_id: int, name: str, system: str, *, kind: str, created_by: int, now: datetime
    ) -> Draft | None:
        """The new draft; None if the server has one of that name."""
        values = {"guild_id": guild_id, "name": name, "name_key": name_key(name), "system": system, "kind": kind}
        row = await self._database.insert(
            "drafts", {**values, "created_by": created_by, "created_at": now}, "ON CONFLICT DO NOTHING"
        )
        return await self.get(guild_id, row["id"]) if row else None

    async def list(self, guild_id: int) -> tuple[Draft, ...]:
        """The server's drafts, newest first."""
        where = " WHERE d.guild_id = :guild_id ORDER BY d.id DESC"
        rows = await self._database.fetch_all(_DRAFT + where, {"guild_id": guild_id})
        return tuple(map(_draft, rows))

    async def named(self, guild_id: int, name: str) -> Draft | None:
        """The server's draft of that name."""
        values = {"guild_id": guild_id, "key": name_key(name)}
        row = await self._database.fetch_one(f"{_DRAFT} WHERE d.guild_id = :guild_id AND d.name_key = :key", values)
        return _draft(row) if row else None

    async def get(self, guild_id: int, draft_id: int) -> Draft | None:
        """The server's draft of that number."""
        values = {"guild_id": guild_id, "id": draft_id}
        row = await self._database.fetch_one(f"{_DRAFT} WHERE d.guild_id = :guild_id AND d.id = :id", values)
        return _draft(row) if row else None

    async def add_version(self, draft_id: int) -> None:
        """One more dataset was saved of it."""
        await self._database.write("UPDATE drafts SET versions = versions + 1 WHERE id = :id", {"id": draft_id})

    async def remove(self, draft_id: int) -> None:
        """Delete a draft with its examples."""
        await self._database.write("DELETE FROM drafts WHERE id = :id", {"id": draft_id})

    async def add_examples(self, draft_id: int, chats: Iterable[Turns]) -> None:
        """Add examples at the end, all or none."""
        packed = [_packed(turns) for turns in chats]
        async with self._database.transaction():
            for start in range(0, len(packed), BATCH):
                values = {f"turns_{place}": turns for place, turns in enumerate(packed[start : start + BATCH])}
                marks = ", ".join(f"(:draft_id, :{name})" for name in values)
                await self._database.write(
                    f"INSERT INTO draft_examples (draft_id, turns) VALUES {marks}",  # noqa: S608  # names of parameters
                    {"draft_id": draft_id, **values},
                )

    async def note_askers(self, draft_id: int, kind: str) -> None:
        """Write down who asked what its examples answer, among those of the server who asked for this kind."""
        async with self._database.transaction():
            asked = await self._database.fetch_all(
                "SELECT g.asked, u.user_id FROM generations g JOIN usage u ON u.id = g.usage_id JOIN drafts d ON d.guild_id = u.guild_id"
                " WHERE d.id = :draft_id AND u.kind = :kind ORDER BY g.id DESC",
                {"draft_id": draft_id, "kind": kind},
            )
            first = {row["asked"].strip(" "): row["user_id"] for row in asked}
            examples = await self._database.fetch_all(
                "SELECT id, turns FROM draft_examples WHERE draft_id = :draft_id", {"draft_id": draft_id}
            )
            for row in examples:
                ((_, question), *_) = _turns(row["turns"])
                await self._database.write(
                    "UPDATE draft_examples SET asked_by = :user_id WHERE id = :id",
                    {"id": row["id"], "user_id": first.get(question)},
                )

    async def askers(self, draft_id: int) -> tuple[int, ...]:
        """The members whose questions it holds because of votes."""
        rows = await self._database.fetch_all(
            "SELECT DISTINCT asked_by FROM draft_examples WHERE draft_id = :id AND asked_by IS NOT NULL AND asked_by <> 0"
            " ORDER BY asked_by",
            {"id": draft_id},
        )
        return tuple(row["asked_by"] for row in rows)

    async def add_contribution(self, draft_id: int, turns: Turns, contribution_id: int) -> None:
        """Add a contribution at the end."""
        values = {"draft_id": draft_id, "turns": _packed(turns), "contribution_id": contribution_id}
        await self._database.insert("draft_examples", values)

    async def examples(self, draft_id: int) -> tuple[Turns, ...]:
        """All examples, in order."""
        rows = await self._database.fetch_all(
            "SELECT turns FROM draft_examples WHERE draft_id = :draft_id ORDER BY id", {"draft_id": draft_id}
        )
        return tuple(_turns(row["turns"]) for row in rows)

    async def example(self, guild_id: int, example_id: int) -> DraftExample | None:
        """An example of the server's."""
        values = {"guild_id": guild_id, "id": example_id}
        row = await self._database.fetch_one(f"{_EXAMPLE} WHERE d.guild_id = :guild_id AND e.id = :id", values)
        return _example(row) if row else None

    async def next_example(self, draft_id: int, after: int) -> DraftExample | None:
        """The first example whose number is larger than `after`."""
        where = " WHERE e.draft_id = :draft_id AND e.id > :after ORDER BY e.id LIMIT 1"
        row = await self._database.fetch_one(_EXAMPLE + where, {"draft_id": draft_id, "after": after})
        return _example(row) if row else None

    async def change_example(self, example_id: int, turns: Turns) -> None:
        """Write it anew, in its place."""
        values = {"id": example_id, "turns": _packed(turns)}
        await self._database.write("UPDATE draft_examples SET turns = :turns WHERE id = :id", values)

    async def drop_example(self, example_id: int) -> None:
        """Delete it."""
        await self._database.write("DELETE FROM draft_examples WHERE id = :id", {"id": example_id})


def _packed(turns: Turns) -> str:
    return json.dumps([list(turn) for turn in turns], ensure_ascii=False)


def _turns(packed: str) -> Turns:
    return tuple((role, content) for role, content in json.loads(packed))


def _example(row: Row) -> DraftExample:
    return DraftExample(row["id"], row["draft_id"], _turns(row["turns"]), row["place"], row["contribution_id"])


def _draft(row: Row) -> Draft:
    values: dict[str, Any] = read_moments(row, "created_at")
    del values["name_key"]
    return Draft(**values)
