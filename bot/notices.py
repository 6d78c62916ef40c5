"""What a server's admins must be told: written down once, shown as soon as Discord takes it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.loop import Loop
from bot.store.notices import Notice, NoticeStore

log = logging.getLogger(__name__)

ROUND_SECONDS = 60.0
PATIENCE = timedelta(minutes=10)


class NoticeAnnouncer(Protocol):
    """Sends a notice to its channel; raises whatever keeps it from arriving."""

    async def __call__(self, notice: Notice, channel_id: int) -> None: ...


class Notices:
    """Keeps notices until they are shown; `wake()` says that there is a new one, or a new place to show them."""

    def __init__(self, store: NoticeStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._loop = Loop("notices", self._work)
        self._refused: dict[tuple[int, int], datetime] = {}
        self.wake = self._loop.wake
        self.announcer: NoticeAnnouncer | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Show notices in the background until left."""
        async with self._loop.running():
            yield

    async def tell(self, guild_id: int, key: str, text: str) -> bool:
        """Write a notice for the server's admins; False if they have one with this key already."""
        written = await self._store.add(guild_id, key, text, now=self._clock())
        if written:
            self.wake()
        return written

    async def show(self) -> None:
        """Show what has not been shown. One that Discord refuses is tried again in ten minutes, or in another channel at once."""
        for notice in await self._store.unshown():
            if self.announcer is not None and notice.channel_id is not None:
                await self._show(self.announcer, notice, notice.channel_id)

    async def _show(self, announcer: NoticeAnnouncer, notice: Notice, channel_id: int) -> None:
        now, place = self._clock(), (notice.id, channel_id)
        if now < self._refused.get(place, now):
            return
        try:
            await announcer(notice, channel_id)
        except Exception as error:  # noqa: BLE001  # one channel that cannot be written to never keeps the others waiting
            log.warning("Notice %s cannot be shown in channel %s now: %s", notice.id, channel_id, error)
            self._refused[place] = now + PATIENCE
            return
        self._refused.pop(place, None)
        await self._store.shown(notice.id, now=now)

    async def _work(self) -> float:
        await self.show()
        return ROUND_SECONDS
