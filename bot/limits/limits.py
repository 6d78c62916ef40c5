"""Limits: a pause between requests, and budgets in answers and in money."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

Scope = Literal["server", "member", "role"]


@dataclass(frozen=True)
class Limits:
    """A pause in seconds, and what may be used in a day and in a calendar month (UTC); None: as much as anybody likes.

    An answer is what one command or button gives, however many requests it takes. Amounts are in billionths of a dollar.
    """

    cooldown_seconds: int | None = None
    daily_answers: int | None = None
    monthly_answers: int | None = None
    daily_nanodollars: int | None = None
    monthly_nanodollars: int | None = None

    @property
    def in_answers(self) -> bool:
        """Whether any budget is in answers."""
        return self.daily_answers is not None or self.monthly_answers is not None

    @property
    def in_money(self) -> bool:
        """Whether any budget is in money."""
        return self.daily_nanodollars is not None or self.monthly_nanodollars is not None


NO_LIMITS = Limits()
NAMES = tuple(one.name for one in fields(Limits))


@dataclass(frozen=True)
class ServerLimits:
    """All limits of a server: on all its members together, on each member, and on each member with a role, by the role's id.

    Members with one of the `exempt` roles have no limits of their own.
    """

    server: Limits = NO_LIMITS
    member: Limits = NO_LIMITS
    roles: Mapping[int, Limits] = field(default_factory=dict)
    exempt: frozenset[int] = frozenset()

    @property
    def in_money(self) -> bool:
        """Whether the server or its members have a budget in money."""
        return self.server.in_money or self.member.in_money

    def of_member(self, role_ids: frozenset[int]) -> Limits:
        """A member's own limits. What a role sets counts in place of what every member has; of several roles the most generous does."""
        if self.exempt & role_ids:
            return NO_LIMITS
        held = [limits for role, limits in self.roles.items() if role in role_ids]
        return Limits(**{name: _most_generous(name, held, getattr(self.member, name)) for name in NAMES})


def _most_generous(name: str, held: Iterable[Limits], usual: int | None) -> int | None:
    pick: Callable[[list[int]], int] = min if name == "cooldown_seconds" else max
    set_by_roles = [value for limits in held if (value := getattr(limits, name)) is not None]
    return pick(set_by_roles) if set_by_roles else usual
