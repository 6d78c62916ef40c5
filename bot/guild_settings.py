"""What server managers set for their server."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.digest import WEEK
from bot.finetuning.budget import Budget
from bot.store.guild_settings import GuildSettingsStore
from bot.texts.language import choose_for_server, chosen_for_servers


@dataclass(frozen=True)
class SettingsOverview:
    """A guild's settings with what it spent this month, in millionths of a dollar; None means that nothing is set.

    A draft for contributions that has a name and no number was deleted.
    """

    cap: int | None
    spent: int
    admin_channel_id: int | None
    digest_channel_id: int | None
    contribution_draft_id: int | None
    contribution_draft: str | None
    language: str | None


class SettingsService:
    """Reads and changes one setting at a time."""

    def __init__(self, store: GuildSettingsStore, budget: Budget, clock: Clock) -> None:
        self._store = store
        self._budget = budget
        self._clock = clock

    async def show(self, guild_id: int) -> SettingsOverview:
        """How everything stands."""
        settings, spending = await self._store.get(guild_id), await self._budget.spending(guild_id)
        channels = settings.admin_channel_id, settings.digest_channel_id
        draft = settings.contribution_draft_id, settings.contribution_draft
        return SettingsOverview(settings.monthly_cap_microdollars, spending.spent, *channels, *draft, settings.language)

    async def set_cap(self, guild_id: int, user_id: int, dollars: float | None) -> SettingsOverview:
        """Set the monthly cap on training, or with None lift it."""
        microdollars = None if dollars is None else round(dollars * 1_000_000)
        await self._store.set_cap(guild_id, microdollars, updated_by=user_id, now=self._clock())
        return await self.show(guild_id)

    async def set_admin_channel(self, guild_id: int, user_id: int, channel_id: int | None) -> SettingsOverview:
        """Choose the channel for notices to admins, or with None clear it; what waits for a place is sent there."""
        await self._store.set_admin_channel(guild_id, channel_id, updated_by=user_id, now=self._clock())
        return await self.show(guild_id)

    async def load_languages(self) -> None:
        """Tell the process which languages servers chose: when it starts, and where another process may have changed them."""
        chosen_for_servers(await self._store.languages())

    async def set_language(self, guild_id: int, user_id: int, language: str | None) -> SettingsOverview:
        """Choose the language of what everybody in the server reads, or with None leave it to Discord."""
        await self._store.set_language(guild_id, language, updated_by=user_id, now=self._clock())
        choose_for_server(guild_id, language)
        self._store.told_elsewhere()
        return await self.show(guild_id)

    async def set_digest(self, guild_id: int, user_id: int, channel_id: int | None) -> SettingsOverview:
        """Set the channel for the weekly digest, which starts in a week; None turns it off."""
        now = self._clock()
        at = now + WEEK if channel_id is not None else None
        await self._store.set_digest(guild_id, channel_id, at, updated_by=user_id, now=now)
        return await self.show(guild_id)
