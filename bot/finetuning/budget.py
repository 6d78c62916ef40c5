"""What training costs, what a server has spent this month, and whether a launch still fits under its cap."""

from dataclasses import dataclass
from datetime import datetime

from bot.clock import Clock
from bot.errors import ConflictError
from bot.prices import Prices
from bot.store.guild_settings import GuildSettingsStore
from bot.store.quotes import Quote
from bot.store.spending import SpendingStore
from bot.texts import finetuning as texts


@dataclass(frozen=True)
class Spending:
    """This month so far, in millionths of a dollar; `cap` None means that the server set none."""

    spent: int
    cap: int | None


class Budget:
    """Money, by guild and calendar month (UTC). `prices` are those of training, None where nobody sends a bill."""

    def __init__(
        self,
        prices: Prices | None,
        settings: GuildSettingsStore,
        spending: SpendingStore,
        clock: Clock,
    ) -> None:
        self._prices = prices
        self._settings = settings
        self._spending = spending
        self._clock = clock

    def cost(self, base_model: str, trained_tokens: int) -> int | None:
        """What so much training costs, in millionths of a dollar; 0 on an own engine, None where the price is not known."""
        return self._prices.cost_microdollars(base_model, trained_tokens) if self._prices else 0

    @property
    def source(self) -> str | None:
        """Where the prices are from and of which day; None where nobody sends a bill."""
        return f"{self._prices.source}, {self._prices.read_on:%Y-%m-%d}" if self._prices else None

    async def spending(self, guild_id: int) -> Spending:
        """How the month stands."""
        settings = await self._settings.get(guild_id)
        return Spending(
            await self._spending.spent_since(guild_id, _month(self._clock())), settings.monthly_cap_microdollars
        )

    async def expected_seconds(self, base_model: str, trained_tokens: int) -> float | None:
        """How long so much training will take if it goes as the last ones went; None without any."""
        pace = await self._spending.seconds_per_token(base_model)
        return pace * trained_tokens if pace else None

    async def refuse_over_cap(self, quote: Quote) -> None:
        """Raises `ConflictError` if this launch does not fit; call it in the transaction that writes the job."""
        spending = await self.spending(quote.guild_id)
        if spending.cap is None or quote.cost_microdollars == 0:
            return
        if quote.cost_microdollars is None:
            raise ConflictError(texts.PRICE_UNKNOWN, base=quote.base_model)
        if spending.spent + quote.cost_microdollars > spending.cap:
            amounts = {"cost": quote.cost_microdollars, "spent": spending.spent, "cap": spending.cap}
            raise ConflictError(texts.OVER_CAP, **{name: f"${amount / 1e6:.2f}" for name, amount in amounts.items()})


def _month(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
