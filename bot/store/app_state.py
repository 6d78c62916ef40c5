"""Small facts that the bot must remember about itself."""

from bot.store.database import Database


class AppStateStore:
    """Text values by key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        """The value, or None."""
        row = await self._database.fetch_one("SELECT value FROM app_state WHERE key = :key", {"key": key})
        return row["value"] if row else None

    async def set(self, key: str, value: str) -> None:
        """Remember the value."""
        await self._database.write(
            "INSERT INTO app_state (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            {"key": key, "value": value},
        )
