"""Whether a request fits into what its member and its server may still use."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import LimitError
from bot.request import current_request
from bot.store.database import Database
from bot.store.limits import NAMES, NO_LIMITS, TOPIC, Limits, LimitStore, ServerLimits
from bot.store.remembered import Remembered
from bot.store.usage import Spent, Usage, UsageStore
from bot.texts import limits as texts
from bot.texts.formatting import Moment
from bot.texts.limits import amount, span
from bot.texts.template import Text


class Allowance:
    """Refuses requests that go beyond a limit. What nobody waits for, such as a report on a model, is charged and never refused."""

    def __init__(self, database: Database, limits: LimitStore, usage: UsageStore, clock: Clock) -> None:
        self._limits = Remembered(database, limits.get, TOPIC)
        self._usage = usage
        self._clock = clock

    async def limits_for(self, usage: Usage) -> ServerLimits | None:
        """The limits that this request has to keep, or None if there are none."""
        request = current_request()
        if request is None:
            return None
        limits = await self._limits.get(usage.guild_id)
        kept = ServerLimits(limits.server, limits_of_member(limits, request.role_ids))
        return None if kept == ServerLimits() else kept

    async def refuse_over(self, limits: ServerLimits, usage: Usage) -> None:
        """Raises `LimitError` if this request, whose cost is an upper bound, does not fit. Call it in the transaction that writes its row."""
        if usage.cost_nanodollars is None and limits.in_money:
            raise LimitError(texts.PRICE_UNKNOWN, model=usage.model)
        for scope, owned, user_id in (("member", limits.member, usage.user_id), ("server", limits.server, None)):
            if owned == NO_LIMITS:
                continue
            spent = await self._spent(owned, usage.guild_id, user_id, usage.interaction_id, usage.created_at)
            _refuse_pause(owned, spent.last_at, usage.created_at)
            _refuse_budgets(owned, spent, usage, texts.ANSWERS_USED[scope], texts.MONEY_USED[scope])

    async def refuse_in_pause(self, guild_id: int, user_id: int, last_at: datetime | None) -> None:
        """Raises `LimitError` while a member has to wait after an answer. For what asks no model: when the member had that last is `last_at`."""
        request = current_request()
        if request is None:
            return
        limits = limits_of_member(await self._limits.get(guild_id), request.role_ids)
        if limits.cooldown_seconds is None:
            return
        now = self._clock()
        spent = await self._spent(limits, guild_id, user_id, request.id, now)
        _refuse_pause(limits, max(filter(None, (spent.last_at, last_at)), default=None), now)

    async def used(self, guild_id: int, user_id: int, role_ids: frozenset[int]) -> tuple[Limits, Spent] | None:
        """What a member may use, and has used; None if the member has no limits."""
        limits = limits_of_member(await self._limits.get(guild_id), role_ids)
        if limits == NO_LIMITS:
            return None
        return limits, await self._spent(limits, guild_id, user_id, None, self._clock())

    async def _spent(
        self, limits: Limits, guild_id: int, user_id: int | None, interaction_id: int | None, now: datetime
    ) -> Spent:
        periods = {"now": now, "day": _day(now), "month": _month(now)}
        return await self._usage.spent(guild_id, user_id, interaction_id, **periods, answers=limits.in_answers)


def limits_of_member(limits: ServerLimits, role_ids: frozenset[int]) -> Limits:
    """A member's own limits. What a role sets counts in place of what every member has; of several roles the most generous does."""
    if limits.exempt & role_ids:
        return NO_LIMITS
    held = [own for role, own in limits.roles.items() if role in role_ids]
    return Limits(**{name: _most_generous(name, held, getattr(limits.member, name)) for name in NAMES})


def _most_generous(name: str, held: Iterable[Limits], usual: int | None) -> int | None:
    pick: Callable[[list[int]], int] = min if name == "cooldown_seconds" else max
    set_by_roles = [value for limits in held if (value := getattr(limits, name)) is not None]
    return pick(set_by_roles) if set_by_roles else usual


def _refuse_pause(limits: Limits, last_at: datetime | None, now: datetime) -> None:
    if limits.cooldown_seconds is None or last_at is None:
        return
    until = last_at + timedelta(seconds=limits.cooldown_seconds)
    if now < until:
        raise LimitError(texts.COOLDOWN, pause=span(limits.cooldown_seconds), when=Moment(until, "R"))


def _refuse_budgets(
    limits: Limits, spent: Spent, usage: Usage, answers: Mapping[str, Text], money: Mapping[str, Text]
) -> None:
    now, cost = usage.created_at, usage.cost_nanodollars or 0
    day = (limits.daily_answers, spent.daily_answers, limits.daily_nanodollars, spent.daily_nanodollars)
    month = (limits.monthly_answers, spent.monthly_answers, limits.monthly_nanodollars, spent.monthly_nanodollars)
    ends = {"day": _day(now) + timedelta(days=1), "month": _month(_month(now) + timedelta(days=31))}
    for period, (most, used, most_money, spent_money) in (("day", day), ("month", month)):
        when = Moment(ends[period], "R")
        if most is not None and used >= most:
            raise LimitError(answers[period], most=texts.ANSWERS.of(most), when=when)
        if most_money is not None and cost and spent_money + cost > most_money:
            raise LimitError(money[period], most=amount(most_money), when=when)


def _day(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _month(now: datetime) -> datetime:
    return _day(now).replace(day=1)
