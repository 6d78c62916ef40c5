"""Spans of whole days in UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, TypeAlias

PeriodName: TypeAlias = Literal["today", "7 days", "30 days", "this month", "last month", "all"]

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """From one moment up to another, which is not in it."""

    name: PeriodName
    since: datetime
    until: datetime

    @property
    def first(self) -> date:
        """Its first day."""
        return self.since.date()

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.until - DAY).date()


def period(name: PeriodName, now: datetime) -> Period:
    """The one of this name as of now. Those of days and this month include today; `all` has no borders."""
    today = now.astimezone(UTC).date()
    month = today.replace(day=1)
    tomorrow = _midnight(today + DAY)
    if name == "all":
        return Period(name, EARLIEST, LATEST)
    if name == "last month":
        return Period(name, _midnight((month - DAY).replace(day=1)), _midnight(month))
    if name == "this month":
        return Period(name, _midnight(month), tomorrow)
    days = {"today": 1, "7 days": 7, "30 days": 30}[name]
    return Period(name, _midnight(today) - (days - 1) * DAY, tomorrow)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
