"""Which models a server has, and which one it uses for each kind of writing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.kinds import JOKE
from bot.store.arena import ArenaStore
from bot.store.database import Database
from bot.store.jobs import Job
from bot.store.models import IN_USE_TOPIC, Activation, ModelStore, RegisteredModel
from bot.store.outbox import OutboxStore
from bot.store.remembered import Remembered
from bot.texts import models as texts

BASE = "base"
MAX_NAME_LENGTH = 40


@dataclass(frozen=True)
class GuildModels:
    """A guild's models, newest first; the active one of each kind (absent: the base); and the archived ones."""

    models: tuple[RegisteredModel, ...]
    active: Mapping[str, RegisteredModel]
    archived: tuple[RegisteredModel, ...] = ()

    def uses(self, model: str | None) -> bool:
        """Whether the model of that id is in use."""
        return any(one.model == model for one in self.active.values())


@dataclass(frozen=True)
class Rollback:
    """A switch back: its kind, the model left and the model now in use (None: the base)."""

    kind: str
    left: RegisteredModel | None
    model: RegisteredModel | None


class Registry:
    """Fine-tuned models by guild. They are called by their id or by the guild's own name for them, in any case of letters.

    What a change depends on is read in the change's own transaction.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._store = ModelStore(database)
        self._active = Remembered(database, self._store.active, IN_USE_TOPIC)
        self._outbox = OutboxStore(database)
        self._arena = ArenaStore(database)
        self._clock = clock

    async def models(self, guild_id: int) -> GuildModels:
        """All models of the guild."""
        models = await self._store.list(guild_id)
        listed = tuple(model for model in models if model.archived_at is None)
        archived = tuple(model for model in models if model.archived_at is not None)
        return GuildModels(listed, await self._store.active(guild_id), archived)

    async def activations(self, guild_id: int, limit: int = 5) -> tuple[Activation, ...]:
        """Who switched to what and when, newest first."""
        return await self._store.activations(guild_id, limit)

    async def choose(self, guild_id: int, kind: str, wanted: str | None, base: str) -> RegisteredModel | None:
        """The fine-tuned model to ask for jokes or slogans: the wanted one, else the active one, also if it is lost; None for the base,
        also by its own id.

        Raises `NotFoundError` for a model that is not this guild's or is archived, `InvalidInputError` for one of another kind.
        """
        if not wanted:
            return (await self._active.get(guild_id)).get(kind)
        model = await self.choose_any(guild_id, wanted, base)
        if model and model.kind != kind:
            raise InvalidInputError(texts.OTHER_KIND[model.kind], model=wanted)
        return model

    async def choose_any(self, guild_id: int, wanted: str, base: str) -> RegisteredModel | None:
        """The wanted model of either kind; None for the base, also by its own id. Raises `NotFoundError`."""
        return None if wanted.casefold() == BASE or wanted == base else await self.find(guild_id, wanted)

    async def find(self, guild_id: int, wanted: str, *, archived: bool = False) -> RegisteredModel:
        """The model of that id or name; archived ones only if asked. Raises `NotFoundError`."""
        model = _called(wanted, await self._store.list(guild_id))
        if model is None:
            raise NotFoundError(texts.UNKNOWN, model=wanted)
        if model.archived_at is not None and not archived:
            raise NotFoundError(texts.ARCHIVED, model=wanted)
        return model

    async def numbered(self, guild_id: int, model_id: int) -> RegisteredModel:
        """The model of that row. Raises `NotFoundError`."""
        for model in await self._store.list(guild_id):
            if model.id == model_id:
                return model
        raise NotFoundError(texts.GONE)

    async def belongs_to_others(self, guild_id: int, model: str) -> bool:
        """Whether a model of that id was made by another guild, and not by this one."""
        return await self._store.is_others(guild_id, model)

    async def use(self, guild_id: int, user_id: int, wanted: str, kind: str = JOKE.name) -> RegisteredModel | None:
        """Make a model the active one of its own kind, also one that was archived or lost; `base` goes back to the base for `kind`.

        Raises `NotFoundError`.
        """
        async with self._database.transaction():
            model = None if wanted.casefold() == BASE else await self.find(guild_id, wanted, archived=True)
            kind = model.kind if model else kind
            model_id = model.id if model else None
            await self._store.activate(guild_id, model_id, kind=kind, activated_by=user_id, now=self._clock())
            return (await self._store.active(guild_id)).get(kind)

    async def promote(self, guild_id: int, user_id: int, kind: str, model_id: int | None, evidence: str) -> None:
        """Make a model (None: the base) the active one of its kind, with this sentence as evidence."""
        now = self._clock()
        await self._store.activate(guild_id, model_id, kind=kind, activated_by=user_id, now=now, evidence=evidence)

    async def roll_back(
        self, guild_id: int, user_id: int, kind: str = JOKE.name, leaving: int | None = None
    ) -> Rollback:
        """Go back to what was used before for a kind, passing over what is archived or lost; twice in a row is there and back again.

        Every guild began with the base, which is always there to go back to. Raises `ConflictError` if the base is used and no
        model was, or if the model numbered `leaving`, whose kind then counts, is not in use.
        """
        async with self._database.transaction():
            kind = kind if leaving is None else (await self.numbered(guild_id, leaving)).kind
            current = (await self._store.active(guild_id)).get(kind)
            if leaving is not None and (current is None or current.id != leaving):
                raise ConflictError(texts.NOT_IN_USE[kind])
            earlier = await self._store.before(guild_id, kind, current.id if current else None)
            if earlier is None and current is None:
                used = await self._store.activations(guild_id, 1, kind)
                raise ConflictError(texts.ALL_GONE_BEFORE if used else texts.NO_OTHER_BEFORE)
            model_id = earlier.model_id if earlier else None
            await self._store.activate(guild_id, model_id, kind=kind, activated_by=user_id, now=self._clock())
            return Rollback(kind, current, (await self._store.active(guild_id)).get(kind))

    async def rename(self, guild_id: int, wanted: str, name: str) -> RegisteredModel:
        """Give a model a name of the guild's own. Raises `InvalidInputError`, `NotFoundError`, and `ConflictError` if it is taken."""
        chosen = _name(name)
        async with self._database.transaction():
            model = await self.find(guild_id, wanted)
            others = [other for other in (await self.models(guild_id)).models if other.id != model.id]
            taken = _called(chosen, others)
            if taken is not None:
                raise ConflictError(texts.NAME_TAKEN, name=chosen, model=taken.model)
            await self._store.rename(model.id, chosen)
        return replace(model, name=chosen)

    async def archive(self, guild_id: int, wanted: str) -> RegisteredModel:
        """Take a model out of the lists; its history stays. Raises `NotFoundError`, and `ConflictError` while it is in use."""
        async with self._database.transaction():
            model = await self.find(guild_id, wanted)
            if not await self._store.archive(model.id, now=self._clock()):
                raise ConflictError(texts.IN_USE[model.kind], model=model.model)
        return model

    async def register(self, job: Job, fine_tuned_model: str) -> RegisteredModel:
        """Add the model of a finished job, with its dataset's kind. It becomes active if there is no active model of that kind or it is gone, and
        joins an open arena."""
        now = self._clock()
        async with self._database.transaction():
            model = await self._store.add(
                job.guild_id, fine_tuned_model, base_model=job.base_model, job_id=job.id, now=now, kind=job.kind
            )
            active = (await self._store.active(job.guild_id)).get(model.kind)
            if active is None or active.lost_at is not None:
                await self._store.activate(job.guild_id, model.id, kind=model.kind, activated_by=None, now=now)
            if await self._arena.arena(job.guild_id):
                await self._arena.invite(job.guild_id, added_by=job.created_by, now=now)
        return model

    async def in_use(self, model: RegisteredModel) -> bool:
        """Whether the model is the active one of its kind."""
        active = (await self._store.active(model.guild_id)).get(model.kind)
        return active is not None and active.id == model.id

    async def lose(self, model: RegisteredModel) -> None:
        """The model server no longer has it: mark it. If it is in use, tell the admins, once for each time it was switched to."""
        now = self._clock()
        async with self._database.transaction():
            if await self.in_use(model):
                (activation,) = await self._store.activations(model.guild_id, 1, model.kind)
                key = f"lost:{model.model}:{activation.id}"
                text = texts.LOST[model.kind].of(model=model.model).markdown
                await self._outbox.add_notice(model.guild_id, key, text, now=now)
            if model.lost_at is None:
                await self._store.mark_lost(model.id, now)

    async def regain(self, model: RegisteredModel) -> None:
        """The model answered: if it was marked as lost, it is no longer."""
        if model.lost_at is not None:
            await self._store.mark_lost(model.id, None)


def _called(wanted: str, models: Sequence[RegisteredModel]) -> RegisteredModel | None:
    """The model with that id; else with that name, one in the lists before archived ones."""
    folded = wanted.casefold()
    named = [model for model in models if model.name is not None and model.name.casefold() == folded]
    named.sort(key=lambda model: model.archived_at is not None)
    return next((model for model in models if model.model == wanted), named[0] if named else None)


def _name(wanted: str) -> str:
    name = " ".join(wanted.split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidInputError(texts.BAD_NAME, limit=MAX_NAME_LENGTH)
    if name.casefold() == BASE:
        raise InvalidInputError(texts.NAME_IS_BASE)
    return name
