"""Watches for shutdown dates of models that servers use for jokes or slogans."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial

from bot.clock import Clock
from bot.errors import ModelServerError
from bot.kinds import JOKE
from bot.loop import Loop
from bot.model_server.client import LLM
from bot.store.app_state import AppStateStore
from bot.store.database import from_text, to_text
from bot.store.models import ModelStore, RegisteredModel
from bot.store.outbox import OutboxStore
from bot.texts import models as texts
from bot.texts.template import markdown

log = logging.getLogger(__name__)

NEXT_LOOK = "shutdown_watch_next"
DAYS_BEFORE = (60, 14, 3)
DAILY, AFTER_FAILURE = timedelta(days=1), timedelta(hours=1)
ROUND_SECONDS = 600.0


class ShutdownWatch:
    """Tells a server's admins 60, 14 and 3 days before the model in use, or its base, is shut down.

    It knows what `GET /v1/models` says on the server where models are tuned.
    """

    def __init__(self, llm: LLM, models: ModelStore, outbox: OutboxStore, state: AppStateStore, clock: Clock) -> None:
        self._llm = llm
        self._models = models
        self._outbox = outbox
        self._state = state
        self._clock = clock
        self._loop = Loop("shutdown watch", self._work)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Watch in the background until left."""
        async with self._loop.running():
            yield

    async def round(self) -> None:
        """Read the dates if a day has passed since the last time, also before a restart; where the server fails, again in an hour."""
        now = self._clock()
        due = await self._state.get(NEXT_LOOK)
        if due is not None and now < from_text(due) <= now + DAILY:
            return
        pause = DAILY if await self._look(now.date()) else AFTER_FAILURE
        await self._state.set(NEXT_LOOK, to_text(now + pause))

    async def _work(self) -> float:
        await self.round()
        return ROUND_SECONDS

    async def _look(self, today: date) -> bool:
        active = [model for model in await self._models.all_active() if model.lost_at is None]
        try:
            listed = await self._llm.list_models(fine_tuned=True) if active else ()
        except ModelServerError as error:
            log.warning("Cannot read shutdown dates: %s (request %s)", error, error.request_id)
            return False
        ends = {model.id: model.shutdown_date for model in listed if model.shutdown_date}
        for model in active:
            await self._tell(model, ends, today)
        return True

    async def _tell(self, model: RegisteredModel, ends: Mapping[str, date], today: date) -> None:
        dying = [(ends[name], name) for name in (model.base_model, model.model) if name in ends]
        if not dying:
            return
        end, name = min(dying, key=lambda pair: pair[0])  # on the same day the base, which says more
        due = most_urgent((end - today).days)
        if due is not None:
            text = partial(_announcement, model, name, end, today)
            key = f"shutdown:{name}:{end}:{due}" + ("" if model.kind == JOKE.name else f":{model.kind}")
            await self._outbox.add_notice(model.guild_id, key, text, now=self._clock())


def most_urgent(days_left: int) -> int | None:
    """Which of the announcements is due with so many days left; None if it is too early, or too late for any."""
    return min((days for days in DAYS_BEFORE if 0 <= days_left <= days), default=None)


def _announcement(model: RegisteredModel, dying: str, end: date, today: date) -> str:
    left = (end - today).days
    is_base = dying == model.base_model
    values = {
        "when": texts.SHUTDOWN_WHEN.get(left) or markdown(texts.SHUTDOWN_IN, {"days": left}),
        "day": f"{end}",
        "what": markdown(texts.SHUTDOWN_BASE if is_base else texts.SHUTDOWN_MODEL, {"model": dying}),
        "help": texts.OTHER_SERVER,
        "own": "" if dying == model.model else markdown(texts.SHUTDOWN_OWN[model.kind], {"model": model.model}),
    }
    return texts.SHUTDOWN[model.kind].format(**values)
