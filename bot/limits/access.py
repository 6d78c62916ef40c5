"""In which channels, and for which roles, a server offers a command."""

from bot.errors import LimitError
from bot.request import Request
from bot.store.database import Database
from bot.store.limits import TOPIC, LimitStore
from bot.store.remembered import Remembered
from bot.texts import limits as texts
from bot.texts.formatting import Mentions
from bot.texts.template import Sentence

# What a server can restrict. Commands about a member's own data are for everybody, and Discord hides those for managers.
COMMANDS = ("slogan", "joke", "ask", "similarity", "arena", "contribute", "top")


class CommandAccess:
    """Keeps members out of commands that are for other channels or roles. Members with Manage Server may use all."""

    def __init__(self, database: Database, limits: LimitStore) -> None:
        self._permissions = Remembered(database, limits.permissions, TOPIC)

    async def require(self, request: Request, command: str) -> None:
        """Raises `LimitError` if this member may not use the command here."""
        refusal = (await self._refusals(request)).get(command)
        if refusal:
            raise LimitError(refusal.template, **refusal.values)

    async def forbidden(self, request: Request | None) -> frozenset[str]:
        """The commands that the member may not use here."""
        return frozenset(await self._refusals(request)) if request else frozenset()

    async def _refusals(self, request: Request) -> dict[str, Sentence]:
        if request.guild_id is None or request.manager:
            return {}
        here, found = {request.channel_id, request.parent_id}, {}
        for command, permitted in (await self._permissions.get(request.guild_id)).items():
            channels, roles = permitted.get("channel"), permitted.get("role")
            if channels and not channels & here:
                found[command] = texts.ONLY_IN.of(command=command, places=Mentions(channels=channels))
            elif roles and not roles & request.role_ids:
                found[command] = texts.ONLY_FOR.of(command=command, places=Mentions(roles=roles))
        return found
