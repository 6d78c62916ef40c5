"""Labels of a server: a name and a few example texts each."""

import json
from dataclasses import dataclass
from datetime import datetime

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
    """Labels by server and name; names differ in more than case."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, guild_id: int, name: str, examples: tuple[str, ...], *, created_by: int, now: datetime
    ) -> Label | None:
        """The stored label, or None if the server already has one of that name."""
        packed = json.dumps(examples, ensure_ascii=False)
        values = {"guild_id": guild_id, "name": name, "examples": packed, "created_by": created_by, "created_at": now}
        row = await self._database.insert("labels", values, "ON CONFLICT DO NOTHING")
        return _label(row) if row else None

    async def list(self, guild_id: int) -> tuple[Label, ...]:
        """The server's labels, by name."""
        rows = await self._database.fetch_all(
            "SELECT * FROM labels WHERE guild_id = :guild_id ORDER BY lower(name)", {"guild_id": guild_id}
        )
        return tuple(_label(row) for row in rows)

    async def remove(self, guild_id: int, name: str) -> Label | None:
        """Take the label away; returns it, or None if there is none of that name."""
        row = await self._database.write(
            "DELETE FROM labels WHERE guild_id = :guild_id AND lower(name) = lower(:name) RETURNING *",
            {"guild_id": guild_id, "name": name},
        )
        return _label(row) if row else None


def _label(row: Row) -> Label:
    values = read_moments(row, "created_at")
    return Label(**{**values, "examples": tuple(json.loads(values["examples"]))})
