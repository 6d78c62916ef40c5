"""What a server or a member used of the models, as the ledger has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.clock import Clock
from bot.metering.periods import Period, PeriodName, period
from bot.metering.usage_export import Exported, UsageExport
from bot.store.database import Database
from bot.store.usage_sums import Group, Groups, Split, Sum, UsageSums, together

SHOWN = 8  # groups of a split


@dataclass(frozen=True)
class UsageReport:
    """Sums of one moment. Each split adds up to the total, and so do the days; those without a request are left out."""

    period: Period
    total: Sum
    days: tuple[Group, ...]
    splits: Mapping[Split, Groups]

    @property
    def first(self) -> date:
        """The first day; without a border that of the first request."""
        return date.fromisoformat(self.days[0].name) if self.days and self.period.name == "all" else self.period.first

    @property
    def last(self) -> date:
        """The last day, likewise."""
        return date.fromisoformat(self.days[-1].name) if self.days and self.period.name == "all" else self.period.last


class UsageService:
    """Adds up; knows nothing of who may see it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._sums = UsageSums(database)
        self._export = UsageExport(self._sums)
        self._clock = clock

    async def of_member(self, guild_id: int, user_id: int, name: PeriodName) -> UsageReport:
        """What this member used in this server, by command."""
        return await self._report(guild_id, user_id, name, ["command"])

    async def of_server(self, guild_id: int, name: PeriodName) -> UsageReport:
        """What everybody used in this server, by command and by member."""
        return await self._report(guild_id, None, name, ["command", "user_id"])

    async def by_model(self, guild_id: int, name: PeriodName) -> UsageReport:
        """What everybody used in this server, by model."""
        return await self._report(guild_id, None, name, ["model"])

    async def export(self, guild_id: int, name: PeriodName, limit_bytes: int) -> Exported:
        """The rows of this server as a file of at most so many bytes."""
        chosen = period(name, self._clock())
        return await self._export.csv(guild_id, chosen, limit_bytes)

    async def _report(
        self, guild_id: int, user_id: int | None, name: PeriodName, splits: Sequence[Split]
    ) -> UsageReport:
        chosen = period(name, self._clock())
        found = await self._sums.sums(guild_id, user_id, chosen.since, chosen.until, splits, SHOWN)
        return UsageReport(chosen, together(day.sum for day in found.days), found.days, found.splits)
