"""The jokes and slogans of a server as texts to search in, and which servers do search."""

import asyncio
import json
from dataclasses import dataclass

from bot.serving import SERVED_TOPIC
from bot.store.database import Database

PAGE_SIZE = 500


@dataclass(frozen=True)
class KeptText:
    """One text of a generation; `asked` is the scenario or description that it answers."""

    generation_id: int
    position: int
    kind: str
    asked: str
    text: str


class KeptTextStore:
    """Reads what `GenerationStore` wrote."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> int:
        """The number of the newest generation of all servers, 0 if there is none."""
        row = await self._database.fetch_one("SELECT COALESCE(MAX(id), 0) AS id FROM generations")
        return int(row["id"]) if row else 0

    async def page(self, guild_id: int, after: int, until: int) -> tuple[KeptText, ...]:
        """The server's next texts, oldest first, of generations after one number and up to another; all of one, or none."""
        rows = await self._database.fetch_all(
            "SELECT g.id, u.kind, g.request, g.texts FROM generations g JOIN usage u ON u.id = g.usage_id"
            " WHERE g.id > :after AND g.id <= :until AND u.guild_id = :guild_id ORDER BY g.id LIMIT :page",
            {"guild_id": guild_id, "after": after, "until": until, "page": PAGE_SIZE},
        )
        return tuple(text for row in rows for text in _texts(row["id"], row["kind"], row["request"], row["texts"]))

    async def of(self, guild_id: int, generation_id: int) -> tuple[KeptText, ...]:
        """The texts of one generation, none if it is gone or another server's."""
        return await self.page(guild_id, generation_id - 1, generation_id)

    async def last_asked(self, guild_id: int, user_id: int) -> str | None:
        """What the member last asked a joke or slogan for."""
        row = await self._database.fetch_one(
            "SELECT g.request FROM generations g JOIN usage u ON u.id = g.usage_id"
            " WHERE u.guild_id = :guild_id AND u.user_id = :user_id ORDER BY g.id DESC LIMIT 1",
            {"guild_id": guild_id, "user_id": user_id},
        )
        return _asked(row["request"]) if row else None

    def served_more(self) -> asyncio.Event:
        """Set whenever there may be servers here that were not before."""
        return self._database.subscribe(SERVED_TOPIC)

    async def searched(self) -> dict[int, str | None]:
        """The servers that search, and the model that all their texts were last embedded with."""
        rows = await self._database.fetch_all("SELECT guild_id, model FROM searched ORDER BY guild_id")
        return {row["guild_id"]: row["model"] for row in rows}

    async def mark(self, guild_id: int, model: str | None) -> None:
        """Remember that the server searches, and with which model it is done."""
        await self._database.insert(
            "searched",
            {"guild_id": guild_id, "model": model},
            "ON CONFLICT (guild_id) DO UPDATE SET model = excluded.model",
        )


def _texts(generation_id: int, kind: str, request: str, texts: str) -> list[KeptText]:
    asked = _asked(request)
    found = enumerate(json.loads(texts))
    return [KeptText(generation_id, place, kind, asked, text) for place, text in found if text.strip()]


def _asked(request: str) -> str:
    values = json.loads(request)
    return str(values.get("scenario") or values.get("description") or "")
