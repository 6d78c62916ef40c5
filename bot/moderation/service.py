"""What managers set for the moderation of their server."""

from dataclasses import dataclass

from bot.characters import mended, tidy
from bot.clock import Clock
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.moderation.guard import Guard
from bot.moderation.levels import level_of
from bot.moderation.words import folded, is_entry
from bot.store.moderation import ModerationRules, ModerationStore
from bot.texts import moderation as texts

MAX_WORDS, MAX_WORD_LENGTH, MAX_ROLES = 200, 60, 20


@dataclass(frozen=True)
class ModerationOverview:
    """A server's rules with its level. `on`: whether the operator has the model server's moderation on."""

    rules: ModerationRules
    level: str
    on: bool


class ModerationService:
    """Reads and changes one thing at a time; the guard learns of it at once."""

    def __init__(self, store: ModerationStore, guard: Guard, clock: Clock, *, on: bool) -> None:
        self._store = store
        self._guard = guard
        self._clock = clock
        self._on = on

    async def show(self, guild_id: int) -> ModerationOverview:
        """How everything stands."""
        rules = await self._store.get(guild_id)
        return ModerationOverview(rules, level_of(rules), self._on)

    async def set_level(self, guild_id: int, user_id: int, level: str) -> None:
        """Choose how strict the server is: one of `LEVELS`."""
        await self._store.set_level(guild_id, level, updated_by=user_id, now=self._clock())
        self._guard.forget(guild_id)

    async def set_alert_channel(self, guild_id: int, user_id: int, channel_id: int | None) -> None:
        """Choose the channel for alerts, or with None send none."""
        await self._store.set_alert_channel(guild_id, channel_id, updated_by=user_id, now=self._clock())
        self._guard.forget(guild_id)

    async def block(self, guild_id: int, user_id: int, word: str) -> str:
        """Add a word; returns it as it is stored. Raises `InvalidInputError`, `ConflictError`."""
        entry = _entry(word)
        if not is_entry(entry) or len(entry) > MAX_WORD_LENGTH:
            raise InvalidInputError(texts.BAD_WORD, most=MAX_WORD_LENGTH)
        added = await self._store.add_word(guild_id, entry, most=MAX_WORDS, added_by=user_id, now=self._clock())
        if added is None:
            raise ConflictError(texts.TOO_MANY_WORDS, most=MAX_WORDS)
        if not added:
            raise ConflictError(texts.WORD_THERE, word=entry)
        self._guard.forget(guild_id)
        return entry

    async def unblock(self, guild_id: int, word: str) -> str:
        """Remove a word. Raises `NotFoundError`."""
        entry = _entry(word)
        if not await self._store.remove_word(guild_id, entry):
            raise NotFoundError(texts.NO_WORD, word=entry)
        self._guard.forget(guild_id)
        return entry

    async def spare(self, guild_id: int, user_id: int, role_id: int) -> None:
        """Moderate members with this role no longer. Raises `ConflictError` if there are too many."""
        if not await self._store.add_role(guild_id, role_id, most=MAX_ROLES, added_by=user_id, now=self._clock()):
            raise ConflictError(texts.TOO_MANY_ROLES, most=MAX_ROLES)
        self._guard.forget(guild_id)

    async def spare_no_longer(self, guild_id: int, role_id: int) -> None:
        """Moderate members with this role again."""
        await self._store.remove_role(guild_id, role_id)
        self._guard.forget(guild_id)


def _entry(word: str) -> str:
    return tidy(folded(mended(word)))
