"""Quotes: what a launch would train and cost, kept so that the button under one still works after a restart."""

from dataclasses import dataclass
from datetime import datetime

from bot.store.database import Database, Row, from_text, to_text


@dataclass(frozen=True)
class Quote:
    """An offer to launch. `epochs` None means that the server chooses; `cost_microdollars` None means unknown, 0 free."""

    id: int
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


class QuoteStore:
    """Quotes by id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        guild_id: int,
        channel_id: int,
        dataset_id: int,
        *,
        base_model: str,
        epochs: int | None,
        suffix: str | None,
        training_tokens: int,
        cost_microdollars: int | None,
        created_by: int,
        now: datetime,
    ) -> Quote:
        """Keep an offer."""
        row = await self._database.write(
            "INSERT INTO quotes (guild_id, channel_id, dataset_id, base_model, epochs, suffix, training_tokens,"
            " cost_microdollars, created_by, created_at) VALUES (:guild_id, :channel_id, :dataset_id, :base_model, :epochs,"
            " :suffix, :training_tokens, :cost_microdollars, :created_by, :now) RETURNING *",
            {
                "guild_id": guild_id,
                "channel_id": channel_id,
                "dataset_id": dataset_id,
                "base_model": base_model,
                "epochs": epochs,
                "suffix": suffix,
                "training_tokens": training_tokens,
                "cost_microdollars": cost_microdollars,
                "created_by": created_by,
                "now": to_text(now),
            },
        )
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
    return Quote(**{**dict(row), "created_at": from_text(row["created_at"])})
