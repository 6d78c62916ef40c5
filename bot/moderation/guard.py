"""The one place where texts are judged: what members ask before anything is paid for, and what models say before anybody sees it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from cachetools import LRUCache

from bot.clock import Clock
from bot.errors import BlockedError
from bot.model_server.judgement import UNNAMED
from bot.moderation.levels import OFF, STRICT, level_of, refused
from bot.moderation.moderator import Moderator
from bot.moderation.operators import OperatorsList
from bot.moderation.words import WordList
from bot.request import Request, current_request
from bot.store.database import Database
from bot.store.moderation import ModerationRules, ModerationStore
from bot.store.outbox import OutboxStore
from bot.texts import moderation as texts
from bot.texts.common import BETWEEN_NAMES
from bot.texts.template import Sentence, Text, markdown

log = logging.getLogger(__name__)

REMEMBERED_SERVERS, REMEMBERED_MEMBERS = 1000, 1000
RULES_TOPIC = "moderation"
BETWEEN_ALERTS = timedelta(minutes=1)  # about one member
# Why a text does not pass, for the member.
Why: TypeAlias = Text | Sentence


@dataclass(frozen=True)
class _Rules:
    """A server's rules, ready to be used."""

    rules: ModerationRules
    words: WordList

    def spares(self, request: Request | None) -> bool:
        return request is not None and not self.rules.bypass_role_ids.isdisjoint(request.role_ids)


class Guard:
    """Judges by the operator's list, the server's list, and the model server's moderation where that is on.

    Members with one of the server's bypass roles are judged by the operator's list alone. Who asked, and where, is in `bot.request`.
    If the moderation does not answer, a text passes, except in a strict server.
    """

    def __init__(
        self, database: Database, store: ModerationStore, moderator: Moderator, operators: OperatorsList, clock: Clock
    ) -> None:
        self._store = store
        self._outbox = OutboxStore(database)
        self._moderator = moderator
        self._operators = operators
        self._clock = clock
        self._rules = LRUCache[int, _Rules](REMEMBERED_SERVERS)
        self._alerted = LRUCache[tuple[int, int], datetime](REMEMBERED_MEMBERS)
        self._changes = 0
        self._database = database
        self._changed_elsewhere = database.subscribe(RULES_TOPIC)

    async def admit(self, guild_id: int, typed: Sequence[str]) -> None:
        """Let in what a member typed. Raises `BlockedError` with one sentence for the member."""
        own = await self._own(guild_id)
        found = self._listed(own, typed)
        if not any(found):
            found = await self._judged(own, typed)
        why = next((one for one in found if one), None)
        if why is not None:
            await self._alert(guild_id, why, texts.ALERT_IN)
            said = texts.CANNOT_BE_JUDGED if why is texts.NOT_JUDGED else texts.BLOCKED_IN
            raise BlockedError(said, why=why)

    async def sift(self, guild_id: int, answers: Sequence[str]) -> list[bool]:
        """Of each of a model's answers, whether it may be shown."""
        own = await self._own(guild_id)
        listed = self._listed(own, answers)
        judged = await self._judged(own, ["" if why else text for why, text in zip(listed, answers, strict=True)])
        found = [in_list or flagged for in_list, flagged in zip(listed, judged, strict=True)]
        why = next((one for one in found if one), None)
        if why is not None:
            await self._alert(guild_id, why, texts.ALERT_OUT)
        return [one is None for one in found]

    def admits_at_once(self, guild_id: int, typed: Sequence[str]) -> bool:
        """Whether it is known without asking anybody that these may pass."""
        own = self._rules.get(guild_id)
        if own is None or any(self._listed(own, typed)):
            return False
        level = self._level(own)
        judged = [] if level == OFF else self._moderator.recall(typed)
        return judged is not None and not any(refused(one, level) for one in judged)

    def forget(self, guild_id: int) -> None:
        """The server's rules have changed, or are deleted."""
        self._changes += 1
        self._rules.pop(guild_id, None)
        self._database.announce_elsewhere(RULES_TOPIC)

    def forget_all(self) -> None:
        """Any server's rules may have changed."""
        self._changes += 1
        self._rules.clear()

    def _listed(self, own: _Rules, given: Sequence[str]) -> list[Why | None]:
        """Why each text does not pass a list; None where it does."""
        words = WordList(()) if own.spares(current_request()) else own.words
        return [texts.WORD if self._operators.blocks(text) or words.blocks(text) else None for text in given]

    async def _judged(self, own: _Rules, given: Sequence[str]) -> list[Why | None]:
        """Why each text does not pass the moderation, likewise; blank ones do."""
        level = self._level(own)
        if level == OFF:
            return [None] * len(given)
        judged = await self._moderator.judge(given)
        if judged is None:
            return [texts.NOT_JUDGED if level == STRICT and text.strip() else None for text in given]
        found = [refused(one, level) for one in judged]
        return [texts.FLAGGED.of(categories=_Categories(categories)) if categories else None for categories in found]

    def _level(self, own: _Rules) -> str:
        """How strict the moderation is with the one who asks."""
        return OFF if not self._moderator.on or own.spares(current_request()) else level_of(own.rules)

    async def _own(self, guild_id: int) -> _Rules:
        if self._changed_elsewhere.is_set():
            self._changed_elsewhere.clear()
            self.forget_all()
        own, changes = self._rules.get(guild_id), self._changes
        if own is None:
            rules = await self._store.get(guild_id)
            own = _Rules(rules, WordList(rules.words))
            if changes == self._changes:  # else these may be those of before
                self._rules[guild_id] = own
        return own

    async def _alert(self, guild_id: int, why: Why, template: Text) -> None:
        """Tell the server's channel for alerts who it was, where, and why; never what was written."""
        request, rules = current_request(), (await self._own(guild_id)).rules
        log.info("Blocked: %s, in server %d.", why, guild_id)
        if request is None or rules.alert_channel_id is None:
            return
        now, member = self._clock(), (guild_id, request.user_id)
        if now - self._alerted.get(member, datetime.min.replace(tzinfo=now.tzinfo)) < BETWEEN_ALERTS:
            return
        self._alerted[member] = now

        def text() -> str:
            who = {"user": request.user_id, "channel": request.channel_id or 0, "command": request.command, "why": why}
            return markdown(template, who)

        key = f"moderation:{request.id}"
        await self._outbox.add_notice(guild_id, key, text, now=now, channel_id=rules.alert_channel_id)


@dataclass(frozen=True)
class _Categories:
    """Categories in words, in the language of whoever reads them."""

    names: Sequence[str]

    def __str__(self) -> str:
        said = (texts.CATEGORIES.get(name.partition("/")[0], texts.CATEGORIES[UNNAMED]) for name in self.names)
        return str(BETWEEN_NAMES).join(dict.fromkeys(map(str, said)))
