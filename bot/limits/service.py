"""What server managers do with limits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.errors import InvalidInputError
from bot.store.limits import NAMES, NO_LIMITS, Limits, LimitStore, PermissionKind, Scope, ServerLimits
from bot.texts import limits as texts

# What one embed can show.
MAX_ROLES, MAX_PLACES = 20, 20


@dataclass(frozen=True)
class LimitsOverview:
    """All limits of a server, and the channels and roles that commands are restricted to, by command."""

    limits: ServerLimits
    permissions: Mapping[str, Mapping[PermissionKind, frozenset[int]]]


class LimitService:
    """Shows and changes limits."""

    def __init__(self, store: LimitStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(self, guild_id: int) -> LimitsOverview:
        """How everything stands."""
        return LimitsOverview(await self._store.get(guild_id), await self._store.permissions(guild_id))

    async def set(self, guild_id: int, user_id: int, scope: Scope, role_id: int | None, chosen: Limits) -> None:
        """Set the limits that were chosen; those that are None stay as they are. Raises `InvalidInputError`."""
        if chosen == NO_LIMITS:
            raise InvalidInputError(texts.NOTHING_CHOSEN)
        if scope == "server" and chosen.cooldown_seconds is not None:
            raise InvalidInputError(texts.NO_COOLDOWN_FOR_ALL)
        role = _role_of(scope, role_id)
        everything = await self._store.get(guild_id)
        if role and role not in everything.roles and len(everything.roles) >= MAX_ROLES:
            raise InvalidInputError(texts.TOO_MANY_ROLES, most=MAX_ROLES)
        changes = {name: value for name in NAMES if (value := getattr(chosen, name)) is not None}
        limits = replace(_of_scope(everything, scope, role), **changes)
        await self._store.set(guild_id, scope, role, limits, updated_by=user_id, now=self._clock())

    async def clear(self, guild_id: int, user_id: int, scope: Scope, role_id: int | None) -> None:
        """Delete all limits of a scope. Raises `InvalidInputError`."""
        role = _role_of(scope, role_id)
        await self._store.set(guild_id, scope, role, NO_LIMITS, updated_by=user_id, now=self._clock())

    async def exempt(self, guild_id: int, user_id: int, role_id: int, *, exempt: bool) -> None:
        """Free a role's members from limits of their own, or take that back. Raises `InvalidInputError`."""
        if not exempt:
            await self._store.unexempt(guild_id, role_id)
            return
        known = (await self._store.get(guild_id)).exempt
        if role_id not in known and len(known) >= MAX_ROLES:
            raise InvalidInputError(texts.TOO_MANY_ROLES, most=MAX_ROLES)
        await self._store.exempt(guild_id, role_id, updated_by=user_id, now=self._clock())

    async def permit(
        self, guild_id: int, user_id: int, command: str, *, channel_id: int | None, role_id: int | None
    ) -> None:
        """Restrict a command to this channel or role, beside those that it is restricted to already. Raises `InvalidInputError`."""
        if channel_id is None and role_id is None:
            raise InvalidInputError(texts.NAME_PLACE)
        permitted = (await self._store.permissions(guild_id)).get(command, {})
        given: tuple[tuple[PermissionKind, int | None], ...] = (("channel", channel_id), ("role", role_id))
        for kind, target in given:
            if target is not None and len(permitted.get(kind, frozenset()) | {target}) > MAX_PLACES:
                raise InvalidInputError(texts.TOO_MANY_PLACES, most=MAX_PLACES)
        for kind, target in given:
            if target is not None:
                await self._store.permit(guild_id, command, kind, target, updated_by=user_id, now=self._clock())

    async def open(self, guild_id: int, command: str) -> None:
        """The command is for all channels and roles again."""
        await self._store.lift_permissions(guild_id, command)


def _role_of(scope: Scope, role_id: int | None) -> int:
    if scope == "role" and role_id is None:
        raise InvalidInputError(texts.NAME_ROLE)
    if scope != "role" and role_id is not None:
        raise InvalidInputError(texts.NO_ROLE_HERE)
    return role_id or 0


def _of_scope(limits: ServerLimits, scope: Scope, role_id: int) -> Limits:
    if scope == "role":
        return limits.roles.get(role_id, NO_LIMITS)
    return limits.member if scope == "member" else limits.server
