"""The arena: who takes part, rounds of two unlabelled answers, and votes on them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from bot.arena.pairing import draw
from bot.arena.promotion import Writer, votes_of, writer_of
from bot.arena.ranking import fit_of
from bot.arena.scenarios import any_scenario
from bot.clock import Clock
from bot.errors import ConflictError, NotFoundError, RemoteNotFoundError, ServerNonsenseError
from bot.in_flight import InFlight
from bot.jokes.filters import likeliest
from bot.kinds import JOKE, KINDS
from bot.loop import Loop
from bot.registry.service import Registry
from bot.store.arena import Arena, ArenaStore, Contestant, Round
from bot.store.database import Database
from bot.store.outbox import Kind, OutboxStore
from bot.texts import arena as texts
from bot.texts.jokes import EMPTY_JOKE, EMPTY_SLOGAN
from bot.writing.prompts import PromptService
from bot.writing.teller import Asked, Teller

TOPIC = "arena"
SKIP = "skip"
LEAST_CONTESTANTS = 2
DEFAULT = Arena(votes=5, minutes=60)
IDLE_SECONDS = 600.0


@dataclass(frozen=True)
class Seen:
    """A round with who sat where, and what members have chosen so far."""

    round: Round
    left: Contestant
    right: Contestant
    tally: Mapping[str, int]

    @property
    def gone(self) -> Contestant | None:
        """Whose model the server no longer has; such a round is closed, and its votes stay."""
        return next((one for one in (self.left, self.right) if one.lost_at is not None), None)

    @property
    def votes(self) -> int:
        """How many members chose; skips are none."""
        return sum(count for choice, count in self.tally.items() if choice != SKIP)


class ArenaService:
    """What a round showed and who voted how is stored before anybody is told."""

    def __init__(
        self,
        database: Database,
        teller: Teller,
        registry: Registry,
        prompts: PromptService,
        in_flight: InFlight,
        clock: Clock,
        random: Random,
    ) -> None:
        self._database = database
        self._store = ArenaStore(database)
        self._outbox = OutboxStore(database)
        self._teller = teller
        self._registry = registry
        self._prompts = prompts
        self._in_flight = in_flight
        self._clock = clock
        self._random = random
        self._loop = Loop("arena", self.close_overdue, database.subscribe(TOPIC))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Close rounds whose time is up, in the background, until left."""
        async with self._loop.running():
            yield

    async def start(self, guild_id: int, user_id: int, arena: Arena = DEFAULT) -> tuple[Contestant, ...]:
        """Open the arena, or set it anew. All models take part, and the base beside them; those that were removed stay out."""
        now = self._clock()
        async with self._database.transaction():
            await self._store.start(guild_id, arena, started_by=user_id, now=now)
            await self._store.invite(guild_id, added_by=user_id, now=now)
            return await self._store.contestants(guild_id)

    async def stop(self, guild_id: int) -> None:
        """No more rounds. Raises `ConflictError` if the arena is not open."""
        if not await self._store.stop(guild_id, now=self._clock()):
            raise ConflictError(texts.CLOSED_ARENA)

    async def add(self, guild_id: int, user_id: int, wanted: str, kind: str = JOKE.name) -> Contestant:
        """Let a model, or the base with a prompt (`base`: the shipped one), take part. `kind` is for the base; models have their own.

        Raises `NotFoundError`, or `ConflictError` if it does already.
        """
        writer = await self._writer(guild_id, wanted, kind)
        if not await self._store.add(guild_id, *writer, added_by=user_id, now=self._clock()):
            raise ConflictError(texts.TAKES_PART if writer[2] is None else texts.PROMPT_TAKES_PART)
        return next(one for one in await self._store.contestants(guild_id) if writer_of(one) == writer)

    async def remove(self, guild_id: int, wanted: str, kind: str = JOKE.name) -> Contestant:
        """Let it take part no longer; its votes stay. Raises `NotFoundError`."""
        writer = await self._writer(guild_id, wanted, kind)
        for one in await self._store.contestants(guild_id):
            if writer_of(one) == writer:
                await self._store.remove(guild_id, one.id, now=self._clock())
                return one
        raise NotFoundError(texts.NOT_HERE if writer[2] is None else texts.PROMPT_NOT_HERE)

    async def contestants(self, guild_id: int) -> tuple[Contestant, ...]:
        """Those that take part now."""
        return await self._store.contestants(guild_id)

    async def _writer(self, guild_id: int, wanted: str, kind: str) -> Writer:
        """The model of that id or name, else the prompt of that name. Raises `NotFoundError`."""
        try:
            model = await self._registry.choose_any(guild_id, wanted, "")
        except NotFoundError:
            prompt = await self._prompts.named(guild_id, kind, wanted)
            if prompt is None:
                raise
            return kind, None, prompt.id
        return (model.kind, model.id, None) if model else (kind, None, None)

    async def play(self, guild_id: int, user_id: int, scenario: str | None, kind: str = JOKE.name) -> Round:
        """A new round of jokes about a scenario, or of slogans for a description; None takes one of the shipped ones.

        Raises `ConflictError` if the arena is closed, there are too few contestants, one of the two is gone, or both say the same.
        """
        arena = await self._store.arena(guild_id)
        if arena is None:
            raise ConflictError(texts.CLOSED_ARENA)
        contestants = [one for one in await self._store.contestants(guild_id, kind) if one.lost_at is None]
        if len(contestants) < LEAST_CONTESTANTS:
            raise ConflictError(texts.TOO_FEW[kind], count=len(contestants))
        votes = votes_of(await self._store.votes(guild_id, kind))
        pair = draw(fit_of(votes, [one.id for one in contestants]), self._random)
        seats = contestants[pair.left], contestants[pair.right]
        asked = (scenario or "").strip() or any_scenario(KINDS[kind], self._random)
        with self._in_flight.request(guild_id, user_id):
            try:
                left, right = await asyncio.gather(*(self._answer(guild_id, user_id, asked, seat) for seat in seats))
            except RemoteNotFoundError as error:
                self._database.announce(TOPIC)
                raise ConflictError(texts.CONTESTANT_GONE) from error
        if left.split() == right.split():
            raise ConflictError(texts.ALIKE)
        now = self._clock()
        opened = (pair.probability, arena.votes, user_id, now, now + timedelta(minutes=arena.minutes), None)
        round_ = await self._store.open(Round(0, guild_id, asked, seats[0].id, seats[1].id, left, right, *opened))
        self._database.announce(TOPIC)
        return round_

    async def shown(self, guild_id: int, round_id: int, channel_id: int, message_id: int) -> None:
        """Where the round's message is, which is edited as votes come and once it closes. The first place stays.

        Raises `NotFoundError`.
        """
        await self.see(guild_id, round_id)
        place = {"channel_id": channel_id, "message_id": message_id}
        await self._outbox.add(guild_id, Kind.ROUND, round_id, **place, now=self._clock())

    async def vote(self, guild_id: int, user_id: int, round_id: int, choice: str) -> Seen:
        """Take a member's one vote; the last one closes the round. Raises `ConflictError`, `NotFoundError`."""
        now = self._clock()
        await self.close_overdue()  # so that a round that waits for its end takes none
        async with self._database.transaction():
            if (await self.see(guild_id, round_id)).round.closed_at is not None:
                raise ConflictError(texts.ROUND_CLOSED)
            if not await self._store.vote(round_id, user_id, choice, now=now):
                raise ConflictError(texts.VOTED)
            seen = await self.see(guild_id, round_id)
            if seen.votes >= seen.round.votes:
                await self._close(seen.round)
            else:
                await self._outbox.change(guild_id, Kind.ROUND, round_id, urgent=False, now=now)
        return await self.see(guild_id, round_id)

    async def see(self, guild_id: int, round_id: int) -> Seen:
        """A round as it stands. Raises `NotFoundError`."""
        found = await self._store.round(guild_id, round_id)
        if found is None:
            raise NotFoundError(texts.GONE)
        left, right = [await self._store.contestant(guild_id, seat) for seat in (found.left_id, found.right_id)]
        if left is None or right is None:
            raise NotFoundError(texts.GONE)
        return Seen(found, left, right, await self._store.tally(round_id))

    async def close_overdue(self) -> float:
        """Close the rounds whose time is up or whose contestant is gone; returns the seconds until the next one's time is up."""
        for round_ in await self._store.overdue(self._clock()):
            async with self._database.transaction():
                await self._close(round_)
        end = await self._store.next_end()
        return IDLE_SECONDS if end is None else max(1.0, min(IDLE_SECONDS, (end - self._clock()).total_seconds()))

    async def _close(self, round_: Round) -> None:
        now = self._clock()
        if await self._store.close(round_.id, now=now):
            await self._outbox.change(round_.guild_id, Kind.ROUND, round_.id, urgent=True, now=now)

    async def _answer(self, guild_id: int, user_id: int, scenario: str, contestant: Contestant) -> str:
        model = await self._registry.numbered(guild_id, contestant.model_id) if contestant.model_id else None
        prompt = await self._prompts.numbered(guild_id, contestant.prompt_id) if contestant.prompt_id else None
        asked = Asked.about(KINDS[contestant.kind], scenario)
        told = await self._teller.tell(guild_id, user_id, asked, model, purpose=TOPIC, prompt=prompt)
        answer = next(iter(likeliest(told.completion)), None)
        if answer is None:
            raise ServerNonsenseError(EMPTY_JOKE if contestant.kind == JOKE.name else EMPTY_SLOGAN)
        return answer
