"""Labels of a server: a name and a few example texts each."""

import json
from dataclasses import dataclass
from datetime import datetime

from bot.characters import name_key
from bot.store.database import Database, Row, read_moments


@dataclass(frozen=True)
class Label:
    """What texts may be sorted under."""

    id: int
    guild_id: int
    name: str
    examples: tuple[str, ...]
    created_by: int
    created_at: datetime


class LabelStore:
    """Labels by server and name; names differ in more than case, in any script."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, guild_id: int, name: str, examples: tuple[str, ...], *, most: int, created_by: int, now: datetime
    ) -> Label | None:
        """The stored label, or None if the server already has one of that name, or as many as it may have."""
        packed = json.dumps(examples, ensure_ascii=False)
        values = {"guild_id": guild_id, "name": name, "examples": packed, "created_by": created_by, "created_at": now}
        async with self._database.transaction():
            labels = await self.list(guild_id)
            if len(labels) >= most or name_key(name) in (name_key(label.name) for label in labels):
                return None
            row = await self._database.insert("labels", values)
        return _label(row) if row else None

    async def list(self, guild_id: int) -> tuple[Label, ...]:
        """The server's labels, by name."""
        rows = await self._database.fetch_all(
            "SELECT * FROM labels WHERE guild_id = :guild_id ORDER BY lower(name)", {"guild_id": guild_id}
        )
        return tuple(_label(row) for row in rows)

    async def remove(self, guild_id: int, name: str) -> Label | None:
        """Delete the label; returns it, or None if there is none of that name."""
        async with self._database.transaction():
            labels = await self.list(guild_id)
            label = next((label for label in labels if name_key(label.name) == name_key(name)), None)
            if label is not None:
                await self._database.write("DELETE FROM labels WHERE id = :id", {"id": label.id})
        return label


def _label(row: Row) -> Label:
    values = read_moments(row, "created_at")
    return Label(**{**values, "examples": tuple(json.loads(values["examples"]))})
