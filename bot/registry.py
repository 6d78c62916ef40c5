"""Which models a server has, and which one tells its jokes."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import NotFoundError
from bot.store.jobs import Job
from bot.store.models import ModelStore, RegisteredModel

BASE = "base"


@dataclass(frozen=True)
class Shelf:
    """A server's models, newest first, and the one in use (None: the base)."""

    models: tuple[RegisteredModel, ...]
    active: RegisteredModel | None


class Registry:
    """Fine-tuned models by server."""

    def __init__(self, store: ModelStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def shelf(self, guild_id: int) -> Shelf:
        """All models of the server."""
        return Shelf(await self._store.list(guild_id), await self._store.active(guild_id))

    async def choose(self, guild_id: int, wanted: str | None, base: str) -> str | None:
        """The fine-tuned model to ask: the wanted one, else the active one; None for the base, also when it is wanted by name.

        Raises `NotFoundError` for a model that is not this server's.
        """
        if wanted in (BASE, base):
            return None
        model = await self._find(guild_id, wanted) if wanted else await self._store.active(guild_id)
        return model.model if model else None

    async def use(self, guild_id: int, user_id: int, wanted: str) -> RegisteredModel | None:
        """Make a model the active one; `base` goes back to the base. Raises `NotFoundError`."""
        model = None if wanted == BASE else await self._find(guild_id, wanted)
        await self._store.activate(guild_id, model.id if model else None, activated_by=user_id, now=self._clock())
        return model

    async def register(self, job: Job, fine_tuned_model: str) -> RegisteredModel:
        """Add the model that a job made; it becomes active if the server uses none."""
        now = self._clock()
        model = await self._store.add(job.guild_id, fine_tuned_model, base_model=job.base_model, job_id=job.id, now=now)
        if await self._store.active(job.guild_id) is None:
            await self._store.activate(job.guild_id, model.id, activated_by=None, now=now)
        return model

    async def _find(self, guild_id: int, wanted: str) -> RegisteredModel:
        model = await self._store.get(guild_id, wanted)
        if model is None:
            raise NotFoundError(f"This server has no model “{wanted}”. `/models list` shows what it has.")
        return model
