"""Whether the bot can work now: connected to Discord, with a database that answers."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.clock import Clock
from bot.outbox import MAX_AGE
from bot.store.database import Database
from bot.store.measures import MeasureStore, Waiting
from bot.texts import monitoring as texts

DATABASE_SECONDS = 2.0


@dataclass(frozen=True)
class GatewayState:
    """The connection to Discord: seconds of latency by each shard that is up (infinite until the first heartbeat)."""

    ready: bool
    shards: int
    latency_seconds: Mapping[int, float]
    guilds: int
    commands_under_way: int

    @property
    def connected(self) -> bool:
        """Whether every shard is up and has been told of its servers."""
        return self.ready and len(self.latency_seconds) == self.shards > 0


@dataclass(frozen=True)
class State:
    """How everything stands; `waiting` is None, and `why_not` says more, where the database does not answer."""

    gateway: GatewayState
    waiting: Waiting | None
    why_not: tuple[str, ...]

    @property
    def healthy(self) -> bool:
        return not self.why_not


class Health:
    """Looks at the gateway and the database."""

    def __init__(
        self,
        database: Database,
        gateway: Callable[[], GatewayState],
        clock: Clock,
        *,
        max_age: timedelta = MAX_AGE,
        seconds: float = DATABASE_SECONDS,
    ) -> None:
        """`seconds` is how long the database may take."""
        self._store = MeasureStore(database)
        self._gateway = gateway
        self._clock = clock
        self._max_age = max_age
        self._seconds = seconds

    async def look(self) -> State:
        """How everything stands now. Never raises, and takes no longer than the database may."""
        waiting, why_not = None, []
        gateway = self._gateway()
        if not gateway.connected:
            why_not.append(texts.NOT_CONNECTED.format(up=len(gateway.latency_seconds), shards=gateway.shards))
        try:
            async with asyncio.timeout(self._seconds):
                waiting = await self._store.waiting(oldest=self._clock() - self._max_age)
        except TimeoutError:
            why_not.append(texts.DATABASE_SLOW.format(seconds=self._seconds))
        except Exception as error:  # noqa: BLE001  # whatever it is, the database did not answer
            why_not.append(texts.DATABASE_FAILED.format(error=error))
        return State(gateway, waiting, tuple(why_not))
