"""Which models a server has, and which one tells its jokes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.notices import Notices
from bot.store.database import Database
from bot.store.jobs import Job
from bot.store.models import Activation, ModelStore, RegisteredModel

BASE = "base"
LONGEST_NAME = 40


@dataclass(frozen=True)
class Shelf:
    """A server's models without the retired ones, newest first; the one in use (None: the base); those put away."""

    models: tuple[RegisteredModel, ...]
    active: RegisteredModel | None
    retired: tuple[RegisteredModel, ...] = ()


@dataclass(frozen=True)
class Rollback:
    """From what to what; None is the base."""

    left: RegisteredModel | None
    model: RegisteredModel | None


class Registry:
    """Fine-tuned models by server. They are called by their id or by the server's own name for them, in any case of letters."""

    def __init__(self, database: Database, notices: Notices, clock: Clock) -> None:
        self._database = database
        self._store = ModelStore(database)
        self._notices = notices
        self._clock = clock

    async def shelf(self, guild_id: int) -> Shelf:
        """All models of the server."""
        models = await self._store.list(guild_id)
        kept = tuple(model for model in models if model.retired_at is None)
        retired = tuple(model for model in models if model.retired_at is not None)
        return Shelf(kept, await self._store.active(guild_id), retired)

    async def switches(self, guild_id: int, limit: int = 5) -> tuple[Activation, ...]:
        """Who switched to what and when, newest first."""
        return await self._store.activations(guild_id, limit)

    async def choose(self, guild_id: int, wanted: str | None, base: str) -> RegisteredModel | None:
        """The fine-tuned model to ask: the wanted one, else the active one, also if it is lost; None for the base, also by its own id.

        Raises `NotFoundError` for a model that is not this server's or is retired.
        """
        if wanted:
            return None if wanted.casefold() == BASE or wanted == base else await self.find(guild_id, wanted)
        return await self._store.active(guild_id)

    async def find(self, guild_id: int, wanted: str, *, retired: bool = False) -> RegisteredModel:
        """The model of that id or name; retired ones only if asked. Raises `NotFoundError`."""
        model = _called(wanted, await self._store.list(guild_id))
        if model is None:
            raise NotFoundError(f"This server has no model “{wanted}”. `/models list` shows what it has.")
        if model.retired_at is not None and not retired:
            raise NotFoundError(f"“{wanted}” is retired. `/models use` brings it back.")
        return model

    async def use(self, guild_id: int, user_id: int, wanted: str) -> RegisteredModel | None:
        """Make a model the active one, also one that was retired or lost; `base` goes back to the base. Raises `NotFoundError`."""
        model = None if wanted.casefold() == BASE else await self.find(guild_id, wanted, retired=True)
        await self._store.activate(guild_id, model.id if model else None, activated_by=user_id, now=self._clock())
        return await self._store.active(guild_id)

    async def roll_back(self, guild_id: int, user_id: int) -> Rollback:
        """Go back to what was used before, passing over what is retired or lost; twice in a row is there and back again.

        Raises `ConflictError` if there is nothing to go back to.
        """
        async with self._database.transaction():
            current = await self._store.active(guild_id)
            earlier = await self._store.before(guild_id, current.id if current else None)
            if earlier is None:
                raise ConflictError(await self._no_way_back(guild_id))
            await self._store.activate(guild_id, earlier.model_id, activated_by=user_id, now=self._clock())
            return Rollback(current, await self._store.active(guild_id))

    async def rename(self, guild_id: int, wanted: str, name: str) -> RegisteredModel:
        """Give a model a name of the server's own. Raises `InvalidInputError`, `NotFoundError`, and `ConflictError` if it is taken."""
        chosen = _name(name)
        async with self._database.transaction():
            model = await self.find(guild_id, wanted)
            others = [other for other in (await self.shelf(guild_id)).models if other.id != model.id]
            taken = _called(chosen, others)
            if taken is not None:
                raise ConflictError(f"“{chosen}” is taken by `{taken.model}`. Choose another name.")
            await self._store.update(model.id, name=chosen)
        return replace(model, name=chosen)

    async def retire(self, guild_id: int, wanted: str) -> RegisteredModel:
        """Put a model away; its history stays. Raises `NotFoundError`, and `ConflictError` while it is in use."""
        model = await self.find(guild_id, wanted)
        if not await self._store.retire(model.id, now=self._clock()):
            raise ConflictError(
                f"`{model.model}` tells this server's jokes. Switch with `/models use` first, then retire it."
            )
        return model

    async def register(self, job: Job, fine_tuned_model: str) -> RegisteredModel:
        """Add the model that a job made; it becomes active if the server uses none, or one that is gone."""
        now = self._clock()
        model = await self._store.add(job.guild_id, fine_tuned_model, base_model=job.base_model, job_id=job.id, now=now)
        active = await self._store.active(job.guild_id)
        if active is None or active.lost_at is not None:
            await self._store.activate(job.guild_id, model.id, activated_by=None, now=now)
        return model

    async def lose(self, model: RegisteredModel) -> bool:
        """The model server no longer has it: mark it. If it is in use, tell the admins, once for each time it was switched to.

        Says whether it is in use.
        """
        active = await self._store.active(model.guild_id)
        in_use = active is not None and active.id == model.id
        if in_use:  # the notice first: after a crash in between, the next joke does both again
            (switch,) = await self._store.activations(model.guild_id, 1)
            await self._notices.tell(model.guild_id, f"lost:{model.model}:{switch.id}", _lost(model))
        if model.lost_at is None:
            await self._store.update(model.id, lost_at=self._clock())
        return in_use

    async def regain(self, model: RegisteredModel) -> None:
        """The model answered: if it was marked as lost, it is no longer."""
        if model.lost_at is not None:
            await self._store.update(model.id, lost_at=None)

    async def _no_way_back(self, guild_id: int) -> str:
        used = {switch.model_id for switch in await self._store.activations(guild_id, 100)}
        why = "no other model was used here before" if len(used) < 2 else "what was used before is retired or gone"
        return f"There is nothing to go back to: {why}. `/models use` switches to any model, or to `base`."


def _called(wanted: str, models: Sequence[RegisteredModel]) -> RegisteredModel | None:
    """The model with that id; else with that name, one in service before retired ones."""
    folded = wanted.casefold()
    named = [model for model in models if model.name is not None and model.name.casefold() == folded]
    named.sort(key=lambda model: model.retired_at is not None)
    return next((model for model in models if model.model == wanted), named[0] if named else None)


def _name(wanted: str) -> str:
    name = " ".join(wanted.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidInputError(f"A model's name has 1 to {LONGEST_NAME} characters. Choose another.")
    if name.casefold() == BASE:
        raise InvalidInputError("“base” always means the base model. Choose another name.")
    return name


def _lost(model: RegisteredModel) -> str:
    return (
        f"⚠️ The model server no longer has `{model.model}`, which told this server's jokes. Until you choose another, they are told by "
        "the base model with examples in the prompt. `/models rollback` goes back to the one before, `/finetune launch` trains a new one. "
        f"If it comes back, `/models use {model.model}` switches to it again."
    )
