"""Quotes: what a launch would train and cost, kept so that the button under one still works after a restart."""

from dataclasses import asdict, dataclass
from datetime import datetime

from bot.store.database import Database, Row, read_moments


@dataclass(frozen=True)
class Terms:
    """What would be trained. `epochs` None means that the server chooses; `cost_microdollars` None means unknown, 0 free."""

    guild_id: int
    channel_id: int
    dataset_id: int
    base_model: str
    epochs: int | None
    suffix: str | None
    training_tokens: int
    cost_microdollars: int | None
    created_by: int
    created_at: datetime


@dataclass(frozen=True)
class Quote(Terms):
    """Terms that were shown to an admin."""

    id: int


class QuoteStore:
    """Quotes by id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, terms: Terms) -> Quote:
        """Keep an offer."""
        row = await self._database.insert("quotes", asdict(terms))
        if row is None:
            raise LookupError("an insert returned no row")
        return _quote(row)

    async def get(self, guild_id: int, quote_id: int) -> Quote | None:
        """The offer, if it is this guild's."""
        row = await self._database.fetch_one(
            "SELECT * FROM quotes WHERE id = :id AND guild_id = :guild_id", {"id": quote_id, "guild_id": guild_id}
        )
        return _quote(row) if row else None


def _quote(row: Row) -> Quote:
    return Quote(**read_moments(row, "created_at"))
