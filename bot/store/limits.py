"""Limits, the roles that have none, and the channels and roles of commands, by server."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Literal

from bot.store.database import Database

PermissionKind = Literal["channel", "role"]
Scope = Literal["server", "member", "role"]
TOPIC = "limits"  # of all that is stored here


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


class LimitStore:
    """What server managers set with `/limits`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, guild_id: int) -> ServerLimits:
        """All limits of a server."""
        where = {"guild_id": guild_id}
        rows = await self._database.fetch_all(
            f"SELECT scope, role_id, {', '.join(NAMES)} FROM limits WHERE guild_id = :guild_id ORDER BY role_id",  # noqa: S608 - names of ours
            where,
        )
        exempt = await self._database.fetch_all("SELECT role_id FROM exempt_roles WHERE guild_id = :guild_id", where)
        found = ServerLimits(exempt=frozenset(row["role_id"] for row in exempt))
        for row in rows:
            limits = Limits(**{name: row[name] for name in NAMES})
            if row["scope"] == "role":
                found = replace(found, roles={**found.roles, row["role_id"]: limits})
            elif row["scope"] == "member":
                found = replace(found, member=limits)
            else:
                found = replace(found, server=limits)
        return found

    async def set(
        self, guild_id: int, scope: Scope, role_id: int, limits: Limits, *, updated_by: int, now: datetime
    ) -> None:
        """Set all limits of a scope. Those of a scope without any are deleted."""
        key = {"guild_id": guild_id, "scope": scope, "role_id": role_id}
        if limits == NO_LIMITS:
            await self._database.write(
                "DELETE FROM limits WHERE guild_id = :guild_id AND scope = :scope AND role_id = :role_id", key
            )
            self._database.announce(TOPIC)
            return
        changes = ", ".join(f"{name} = excluded.{name}" for name in (*NAMES, "updated_by", "updated_at"))
        await self._database.insert(
            "limits",
            {**key, **asdict(limits), "updated_by": updated_by, "updated_at": now},
            f"ON CONFLICT (guild_id, scope, role_id) DO UPDATE SET {changes}",
        )
        self._database.announce(TOPIC)

    async def exempt(self, guild_id: int, role_id: int, *, updated_by: int, now: datetime) -> None:
        """Free a role's members from limits of their own."""
        await self._database.insert(
            "exempt_roles",
            {"guild_id": guild_id, "role_id": role_id, "updated_by": updated_by, "updated_at": now},
            "ON CONFLICT DO NOTHING",
        )
        self._database.announce(TOPIC)

    async def unexempt(self, guild_id: int, role_id: int) -> None:
        """Take that back."""
        await self._database.write(
            "DELETE FROM exempt_roles WHERE guild_id = :guild_id AND role_id = :role_id",
            {"guild_id": guild_id, "role_id": role_id},
        )
        self._database.announce(TOPIC)

    async def permissions(self, guild_id: int) -> Mapping[str, Mapping[PermissionKind, frozenset[int]]]:
        """The channels and roles that commands are restricted to, by command; one without any is for all."""
        rows = await self._database.fetch_all(
            "SELECT command, kind, target_id FROM command_permissions WHERE guild_id = :guild_id ORDER BY command, target_id",
            {"guild_id": guild_id},
        )
        found: dict[str, dict[PermissionKind, frozenset[int]]] = {}
        for row in rows:
            kinds = found.setdefault(row["command"], {})
            kinds[row["kind"]] = kinds.get(row["kind"], frozenset()) | {row["target_id"]}
        return found

    async def permit(
        self, guild_id: int, command: str, kind: PermissionKind, target_id: int, *, updated_by: int, now: datetime
    ) -> None:
        """Add a channel or role to those that a command is restricted to."""
        values = {"guild_id": guild_id, "command": command, "kind": kind, "target_id": target_id}
        await self._database.insert(
            "command_permissions", {**values, "updated_by": updated_by, "updated_at": now}, "ON CONFLICT DO NOTHING"
        )
        self._database.announce(TOPIC)

    async def lift_permissions(self, guild_id: int, command: str) -> None:
        """The command is for all channels and roles again."""
        await self._database.write(
            "DELETE FROM command_permissions WHERE guild_id = :guild_id AND command = :command",
            {"guild_id": guild_id, "command": command},
        )
        self._database.announce(TOPIC)
