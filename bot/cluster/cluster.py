"""This process among those that are one bot: it tells that it lives, has its share of the shards, and works in the background if nobody does.

All of it are leases. A process that ends in order releases them, with its sessions; of one that dies they run out. What a lease is for is
stopped here before it runs out, also where this process was paused or cannot reach the database.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import uuid4

from bot.cluster.identify_gate import IdentifyGate
from bot.cluster.share import fair_share
from bot.errors import DatabaseBusyError
from bot.loop import Leadership
from bot.serving import SERVED_TOPIC, shard_of
from bot.store.database import Database
from bot.store.leases import Lease, LeaseStore

log = logging.getLogger(__name__)

LEASE_SECONDS, ROUND_SECONDS, AFTER_FAILURE_SECONDS = 20.0, 5.0, 1.0
WATCH_SECONDS = 0.5
RESUMABLE_SECONDS = 60.0  # for which Discord surely keeps a session whose connection has ended
TOPIC = "leases"
PROCESS, SHARD, BACKGROUND, COMMANDS = "process:", "shard:", "background", "commands"


class Shards(Protocol):
    """The connections to Discord."""

    async def open_shard(self, shard: int, session: str | None) -> None:
        """Connect a shard, and go on with the session that another process left, if it did."""

    async def close_shard(self, shard: int) -> str | None:
        """End a shard's connection at once; returns the session with which another process can go on."""


class Cluster:
    """One of several processes. `shards` is how many there are in all."""

    def __init__(
        self,
        database: Database,
        shards: int,
        leases: LeaseStore | None = None,
        seconds: Callable[[], float] = time.monotonic,
        owner: str | None = None,
    ) -> None:
        self.shards = shards
        self.leadership = Leadership()
        self.leases = leases or LeaseStore(database)
        self.gate = IdentifyGate(self.leases, seconds)
        self.owner = owner or uuid4().hex
        self.before_opening: Callable[[], Awaitable[None]] | None = None  # forgets what may have changed elsewhere
        self._database = database
        self._seconds = seconds
        self._wake = database.subscribe(TOPIC)
        self._until: dict[str, float] = {}  # our leases, by our own clock
        self._connections: Shards | None = None
        self._opening: dict[int, asyncio.Task[None]] = {}
        self._sessions: dict[int, str | None] = {}  # of shards whose leases ran out
        self._living = 0
        self._turn = asyncio.Lock()  # a round, or a leaving

    def has(self, name: str) -> bool:
        """Whether a lease is ours at this moment."""
        return self._seconds() < self._until.get(name, float("-inf"))

    def serves(self, guild_id: int) -> bool:
        """Whether a server's shard is ours at this moment."""
        return self.has_shard(shard_of(guild_id, self.shards))

    def has_shard(self, shard: int) -> bool:
        """Whether a shard is ours at this moment."""
        return self.has(f"{SHARD}{shard}")

    @property
    def held(self) -> list[int]:
        """Our shards."""
        return sorted(shard for shard in range(self.shards) if f"{SHARD}{shard}" in self._until)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Be one of the processes until left. Leave it after the loops, which the next process then takes over."""
        async with self._database.shared():
            tasks = [asyncio.create_task(step(), name="cluster") for step in (self._run, self._watch)]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self.leave()
                await self._release(BACKGROUND)
                await self._release(f"{PROCESS}{self.owner}")

    @asynccontextmanager
    async def serving(self, connections: Shards) -> AsyncIterator[None]:
        """Have shards until left."""
        self.begin(connections)
        try:
            yield
        finally:
            await self.leave()

    def begin(self, connections: Shards) -> None:
        """From the next round on, have shards."""
        self._connections = connections
        self._wake.set()

    async def leave(self) -> None:
        """Hand over all shards, each with its session, and take none any more."""
        async with self._turn:
            connections, self._connections = self._connections, None
            if connections is not None:
                await self._release(f"{PROCESS}{self.owner}")
                await asyncio.gather(*(self._hand_over(connections, shard) for shard in self.held))

    async def claim(self, name: str, seconds: float) -> bool:
        """Have a lease that nobody renews, such as that for registering the commands."""
        return await self.leases.claim(name, uuid4().hex, seconds)

    async def round(self) -> None:
        """Renew what is ours, see what others have, and take or give what is due."""
        async with self._turn:
            began = self._seconds()
            await self.leases.renew(self.owner, LEASE_SECONDS)
            leases = {lease.name: lease for lease in await self.leases.all()}
            for lease in leases.values():
                if lease.owner == self.owner and not lease.is_free and lease.name not in self._until:
                    await self.leases.release(
                        lease.name, self.owner
                    )  # a round was interrupted between claiming it and knowing so
            for name in list(self._until):
                found = leases.get(name)
                if found is None or found.owner != self.owner or found.is_free:
                    await self._lose(name)
                else:
                    self._until[name] = began + LEASE_SECONDS
            if self._connections is not None:
                await self._take(f"{PROCESS}{self.owner}", leases)
                await self._share(self._connections, leases)
            if await self._take(BACKGROUND, leases):
                log.info("This process now does the work in the background.")
                await self.leases.forget_old(PROCESS)
            await self.leadership.set(has_it=self.has(BACKGROUND))

    async def _share(self, connections: Shards, leases: Mapping[str, Lease]) -> None:
        ours = f"{PROCESS}{self.owner}"
        living = {name for name, lease in leases.items() if name.startswith(PROCESS) and not lease.is_free} | {ours}
        if len(living) != self._living:
            self._living = len(living)
            log.info("%d processes live.", self._living)
        spare = fair_share(ours, living, self.shards) - len(self.held)
        for shard in self.held[spare:] if spare < 0 else []:
            await self._hand_over(connections, shard)
        for shard in sorted(range(self.shards), key=lambda shard: not self._was_last(leases.get(f"{SHARD}{shard}"))):
            if spare <= 0:
                break
            session = self._session_of(shard, leases.get(f"{SHARD}{shard}"))
            # Whoever has to identify waits for a turn. So others may take the next shard meanwhile.
            if (session is not None or not self._opening) and await self._take(f"{SHARD}{shard}", leases):
                spare -= 1
                self._open(connections, shard, session)

    def _was_last(self, lease: Lease | None) -> bool:
        """Whether nobody has had it since us."""
        return lease is not None and lease.owner == self.owner

    def _session_of(self, shard: int, lease: Lease | None) -> str | None:
        """The session to go on with: what the last owner left or, after an outage of the database, our own."""
        if lease is None or lease.left < -RESUMABLE_SECONDS:
            return None
        return self._sessions.get(shard) if self._was_last(lease) else lease.note

    async def _take(self, name: str, leases: Mapping[str, Lease]) -> bool:
        """Whether it was free, and is ours now."""
        found = leases.get(name)
        if name in self._until or (found is not None and not found.is_free):
            return False
        began = self._seconds()
        if not await self.leases.claim(name, self.owner, LEASE_SECONDS, found.note if found else None):
            return False
        self._until[name] = began + LEASE_SECONDS
        return True

    def _open(self, connections: Shards, shard: int, session: str | None) -> None:
        self._sessions.pop(shard, None)

        async def open_it() -> None:
            if self.before_opening is not None:
                await self.before_opening()
            await connections.open_shard(shard, session)
            self._database.announce(SERVED_TOPIC)

        def opened(task: asyncio.Task[None]) -> None:
            self._opening.pop(shard, None)
            self._wake.set()
            if not task.cancelled() and task.exception() is not None:
                log.error("Shard %d could not be opened.", shard, exc_info=task.exception())

        log.info("Shard %d is ours: %s.", shard, "it goes on" if session else "it identifies")
        self._opening[shard] = asyncio.create_task(open_it(), name=f"shard {shard}")
        self._opening[shard].add_done_callback(opened)

    async def _hand_over(self, connections: Shards, shard: int) -> None:
        """Everything that this process received is answered here; what comes after that, by the next owner."""
        session = await self._close(connections, shard)
        log.info("Shard %d is handed over.", shard)
        await self._release(f"{SHARD}{shard}", session)

    async def _close(self, connections: Shards, shard: int) -> str | None:
        opening = self._opening.get(shard)
        if opening is not None:
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)
        return await connections.close_shard(shard)

    async def _release(self, name: str, note: str | None = None) -> None:
        if self._until.pop(name, None) is None:
            return
        try:
            await self.leases.release(name, self.owner, note)
            self._database.announce(TOPIC)
        except DatabaseBusyError:
            log.warning("The lease “%s” could not be released, and runs out.", name)

    async def _lose(self, name: str) -> None:
        """It ran out, or will at once. Another process may have it."""
        if self._until.pop(name, None) is None:
            return
        log.error("The lease “%s” ran out.", name)
        if name == BACKGROUND:
            await self.leadership.set(has_it=False)
        elif name.startswith(SHARD) and self._connections is not None:
            shard = int(name.removeprefix(SHARD))
            self._sessions[shard] = await self._close(self._connections, shard)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            pause = ROUND_SECONDS
            try:
                async with asyncio.timeout(LEASE_SECONDS):
                    await self.round()
            except (DatabaseBusyError, TimeoutError) as error:
                log.warning("The leases could not be renewed: %s", error)
                pause = AFTER_FAILURE_SECONDS
            except Exception:
                log.exception("A round of the leases failed. It will be tried again.")
                pause = AFTER_FAILURE_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = self._seconds()
            for name in [name for name, until in self._until.items() if until <= now]:
                await self._lose(name)
