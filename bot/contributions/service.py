"""Contributions: saved with consent, listed for the member, reviewed by admins."""

import hashlib
from dataclasses import dataclass

from bot.clock import Clock
from bot.contributions.consent import Terms, terms_for
from bot.datasets.drafts import pair_of
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.moderation.guard import Guard
from bot.store.contributions import Contribution, ContributionStore, NewContribution, Pair, State
from bot.store.database import Database
from bot.store.drafts import Draft, DraftStore
from bot.store.guild_settings import GuildSettingsStore
from bot.store.outbox import OutboxStore
from bot.texts import contributions as texts
from bot.texts import importing as draft_texts
from bot.texts.template import Sentence

MAX_SCENARIO, MAX_PUNCHLINE, MAX_REASON = 300, 500, 300
MAX_WAITING = 20  # of one member in one server


@dataclass(frozen=True)
class Page:
    """One contribution of a list (None: no more), its place counted from 1, and the length of the list."""

    contribution: Contribution | None
    place: int
    count: int


class ContributionService:
    """Everything about contributions except withdrawing them. Each change is one transaction."""

    def __init__(self, database: Database, model_server: Sentence, guard: Guard, clock: Clock, *, on: bool) -> None:
        """`model_server` names in words where examples are sent; `on` is the operator's setting."""
        self.on = on
        self._database = database
        self._store = ContributionStore(database)
        self._drafts = DraftStore(database)
        self._settings = GuildSettingsStore(database)
        self._outbox = OutboxStore(database)
        self._model_server = model_server
        self._guard = guard
        self._clock = clock

    async def choose_draft(self, guild_id: int, user_id: int, draft: str | None) -> None:
        """Let members contribute to this draft, or with None close contributions. Waiting examples can still be reviewed.

        Raises `NotFoundError`, or `ConflictError` if the operator turned contributions off.
        """
        if draft is None:
            await self._settings.set_contributions(guild_id, None, None, updated_by=user_id, now=self._clock())
            return
        self._refuse_off()
        async with self._database.transaction():
            found = await self._drafts.named(guild_id, draft)
            if found is None:
                raise NotFoundError(draft_texts.NO_DRAFT, name=draft)
            values = guild_id, found.id, found.name
            await self._settings.set_contributions(*values, updated_by=user_id, now=self._clock())

    async def terms(self, guild_id: int) -> Terms:
        """The terms to agree to. Raises `ConflictError` if contributions are not open."""
        self._refuse_off()
        settings = await self._settings.get(guild_id)
        if settings.contribution_draft is None:
            raise ConflictError(texts.CLOSED)
        draft = await self._drafts.get(guild_id, settings.contribution_draft_id or 0)
        if draft is None:
            raise ConflictError(texts.DRAFT_DELETED, draft=settings.contribution_draft)
        return terms_for(draft.id, draft.name, draft.kind, self._model_server)

    async def give(
        self, guild_id: int, user_id: int, terms: Terms, scenario: str, punchline: str, *, agreed: bool
    ) -> Contribution:
        """Save an example given on these terms. Raises `InvalidInputError` or `ConflictError`, and then saves nothing."""
        if not agreed:
            raise InvalidInputError(texts.NOT_AGREED)
        pair = _pair(scenario, punchline)
        if len(pair[0]) > MAX_SCENARIO or len(pair[1]) > MAX_PUNCHLINE:
            raise InvalidInputError(texts.TOO_LONG, scenario=MAX_SCENARIO, punchline=MAX_PUNCHLINE)
        await self._guard.admit(guild_id, pair)
        async with self._database.transaction():
            if await self.terms(guild_id) != terms:
                raise ConflictError(texts.CHANGED_MEANWHILE)
            if await self._store.count_waiting(guild_id, user_id) >= MAX_WAITING:
                raise ConflictError(texts.TOO_MANY, count=MAX_WAITING)
            await self._tell_admins(guild_id, terms)
            given = await self._store.add(self._new(guild_id, user_id, terms, pair), pair)
            if given is None:
                raise ConflictError(texts.GIVEN_BEFORE)
        return given

    async def own(self, guild_id: int, user_id: int, before: int | None = None) -> Page:
        """The member's newest contribution, or the next older one than that number."""
        found = await self._store.next_own(guild_id, user_id, before)
        place = await self._store.count_own(guild_id, user_id, found.id) if found else 0
        return Page(found, place, await self._store.count_own(guild_id, user_id))

    async def queue(self, guild_id: int, after: int = 0) -> Page:
        """The first waiting contribution with a larger number. Raises `ConflictError` if the operator turned contributions off."""
        self._refuse_off()
        return Page(await self._store.next_waiting(guild_id, after), 1, await self._store.count_waiting(guild_id))

    async def waiting(self, guild_id: int, contribution_id: int) -> Contribution:
        """The contribution, if it is still waiting. Raises `NotFoundError`, `ConflictError`."""
        self._refuse_off()
        found = await self._store.get(guild_id, contribution_id)
        if found is None:
            raise NotFoundError(texts.GONE)
        if found.state is State.WITHDRAWN:
            raise ConflictError(texts.WITHDRAWN_ALREADY)
        if found.state is not State.WAITING:
            raise ConflictError(texts.JUDGED_ALREADY, state=found.state.value)
        if found.draft_id is None:
            raise ConflictError(texts.DRAFT_GONE, draft=found.draft)
        return found

    async def accept(self, guild_id: int, user_id: int, contribution_id: int, changed: Pair | None = None) -> Draft:
        """Add it to its draft, in the `changed` words if there are any. Raises `NotFoundError`, `ConflictError`."""
        async with self._database.transaction():
            found = await self.waiting(guild_id, contribution_id)
            pair = found.pair if changed is None else _pair(*changed)
            await self._store.judge(found.id, State.ACCEPTED, judged_by=user_id, now=self._clock())
            if pair != found.pair:
                await self._store.change(found, pair)
            await self._drafts.add_contribution(found.draft_id or 0, pair_of(*pair), found.id)
            draft = await self._drafts.get(guild_id, found.draft_id or 0)
        if draft is None:
            raise LookupError("the draft of an example that was just added is gone")
        return draft

    async def reject(self, guild_id: int, user_id: int, contribution_id: int, reason: str) -> None:
        """Reject it; the member sees the reason. Raises `NotFoundError`, `ConflictError`."""
        async with self._database.transaction():
            found = await self.waiting(guild_id, contribution_id)
            await self._store.judge(
                found.id, State.REJECTED, reason=reason.strip(), judged_by=user_id, now=self._clock()
            )

    def _refuse_off(self) -> None:
        if not self.on:
            raise ConflictError(texts.OFF)

    async def _tell_admins(self, guild_id: int, terms: Terms) -> None:
        """Owe admins a notice, at most once a day, if nothing was waiting before."""
        if not await self._store.count_waiting(guild_id):
            now = self._clock()
            text = texts.FIRST_WAITS.of(draft=terms.draft).markdown
            await self._outbox.add_notice(guild_id, f"contributions:{now:%Y-%m-%d}", text, now=now)

    def _new(self, guild_id: int, user_id: int, terms: Terms, pair: Pair) -> NewContribution:
        return NewContribution(
            guild_id=guild_id,
            user_id=user_id,
            draft_id=terms.draft_id,
            draft=terms.draft,
            kind=terms.kind,
            model_server=terms.model_server,
            consent=terms.consent,
            text_key=_key(pair),
            created_at=self._clock(),
        )


def _pair(scenario: str, punchline: str) -> Pair:
    question, answer = pair_of(scenario, punchline)
    return question.content, answer.content


def _key(pair: Pair) -> str:
    """A hash that ignores capitals and spacing."""
    spelled = "\n".join(" ".join(text.casefold().split()) for text in pair)
    return hashlib.sha256(spelled.encode()).hexdigest()
