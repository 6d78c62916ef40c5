"""The bot as one of several processes: it has the shards that its cluster says, and goes on with the sessions of others."""

import asyncio
import json
import logging
from collections.abc import Coroutine, Mapping, MutableMapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

import discord
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.shard import EventItem, Shard
from yarl import URL

from bot.app import App
from bot.client import TRANSPORT_ERRORS, Explain, PunchlineBot
from bot.cluster.cluster import COMMANDS, Cluster
from bot.cluster.identify_gate import StartLimit
from bot.errors import DatabaseBusyError
from bot.serving import shard_of
from bot.store.database import hurry
from bot.store.under_way import UnderWay, UnderWayStore
from bot.texts.common import RESTARTING
from bot.texts.language import language_for, speaking

log = logging.getLogger(__name__)

CONNECT_SECONDS, AGAIN_SECONDS, CLOSE_SECONDS = 60.0, 5.0, 2.0
SYNC_SECONDS = 60.0
RESUMABLE = 4000  # a close code after which Discord keeps the session
BETWEEN_SERVERS_SECONDS = 0.2
ORIGINAL: Any = "@original"  # Discord's name for the message that a command shows first
# Where discord.py keeps the shards of a client, and what happens to them.
SHARDS, EVENTS = "_AutoShardedClient__shards", "_AutoShardedClient__queue"


class HeldShard(Shard):
    """A shard that can be given up for good, whatever is under way."""

    is_given_up = False

    async def give_up(self) -> None:
        """Close the connection so that Discord keeps the session, and never connect again."""
        self.is_given_up = True
        self._cancel_task()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.ws.close(code=RESUMABLE)

    async def reidentify(self, exc: ReconnectWebSocket) -> None:
        """Connect again, unless it is given up, also meanwhile."""
        if not self.is_given_up:
            await super().reidentify(exc)
        if self.is_given_up:
            await self.give_up()

    async def reconnect(self) -> None:
        """Likewise."""
        if not self.is_given_up:
            await super().reconnect()
        if self.is_given_up:
            await self.give_up()


class ClusteredBot(PunchlineBot):
    """Connects the shards that the cluster opens, and no others. Fires `shard_identified` once Discord has told of a shard's servers."""

    def __init__(self, app: App, explain: Explain) -> None:
        super().__init__(app, explain)
        if app.cluster is None:
            raise ValueError("one process needs no cluster")
        self._cluster: Cluster = app.cluster
        self._identified: set[int] = set()
        self._learning: dict[int, asyncio.Task[None]] = {}
        self._store = UnderWayStore(app.database)
        self._beside: set[asyncio.Task[None]] = set()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Have shards until closed."""
        async with self._cluster.serving(self):
            await super().connect(reconnect=reconnect)

    async def launch_shards(self) -> None:
        """The cluster says which, later."""
        self._connection.shard_count = self.shard_count
        self._connection.shard_ids = []

    async def hand_over(self) -> None:
        """Other processes go on with the shards."""
        await self._cluster.leave()

    async def may_sync_commands(self) -> bool:
        """One process registers them."""
        return await self._cluster.claim(COMMANDS, SYNC_SECONDS)

    def is_ready(self) -> bool:
        """Whether all shards that are ours are connected; also if there are none."""
        return not self.is_closed() and all(
            number in self._held and self._held[number].ws.open for number in self._cluster.held
        )

    def track(self, interaction: discord.Interaction[Any]) -> bool:
        """As before; False also if the server's shard is not ours any more, as after a pause of the whole process."""
        if interaction.guild_id is not None and not self._cluster.serves(interaction.guild_id):
            log.warning("Interaction %d is of a shard that is not ours any more.", interaction.id)
            return False
        if not super().track(interaction):
            return False
        answering = asyncio.current_task()
        if interaction.type is discord.InteractionType.application_command and answering is not None:
            self._do(self._keep(interaction, answering))
        return True

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _keep(self, interaction: discord.Interaction[Any], answering: asyncio.Task[Any]) -> None:
        """Write down that a command is being answered, for as long as it is."""
        hurry(acknowledged=True)
        command = UnderWay(interaction.token, interaction.guild_id or 0, interaction.locale.value, self._cluster.owner)
        try:
            await self._store.begin(command, now=self.app.clock())
            await asyncio.wait({answering})
            await self._store.end(command.token)
        except DatabaseBusyError:
            log.info("Interaction %d could not be written down as under way.", interaction.id)

    async def _tell_who_waits(self, shard: int) -> None:
        """The process that had this shard is gone: what it had acknowledged and not answered says to try again."""
        hurry(acknowledged=True)
        try:
            left = await self._store.of_others(self._cluster.owner, now=self.app.clock())
            for command in left:
                if shard_of(command.guild_id, self._cluster.shards) == shard and await self._store.end(command.token):
                    await self._answer(command)
        except DatabaseBusyError:
            log.warning("Those who wait for a process that died could not be told.")

    async def _answer(self, command: UnderWay) -> None:
        hook = discord.Webhook.partial(self.application_id or 0, command.token, client=self)
        try:
            shown = await hook.fetch_message(ORIGINAL)
            if shown.flags.loading:
                with speaking(language_for(command.locale)):
                    await shown.edit(content=str(RESTARTING))
        except (discord.HTTPException, *TRANSPORT_ERRORS) as error:
            log.info("Somebody who waits could not be told: %s", error)

    async def close(self) -> None:
        """Close, and see to the end what was begun beside."""
        if self._beside:
            await asyncio.wait(self._beside, timeout=CLOSE_SECONDS)
        await super().close()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:  # noqa: ARG002  # discord.py's
        """Wait for the turn of all processes. Identifies no shard that is not ours any more."""
        number = shard_id or 0
        await self._cluster.gate.passed(number, self._start_limit)
        if not self._cluster.has_shard(number):
            raise asyncio.CancelledError  # which discord.py takes for the end of the attempt
        self._forget_servers(number)
        self._identified.add(number)

    async def _start_limit(self) -> StartLimit:
        limit = await self.fetch_session_start_limits()
        return StartLimit(limit.remaining, timedelta(milliseconds=limit.reset_after), limit.max_concurrency)

    async def open_shard(self, shard: int, session: str | None) -> None:
        """Connect a shard; go on with a session if there is one, which brings what was missed and no list of servers."""
        left = json.loads(session) if session else None
        if left is None:
            self._do(self._tell_who_waits(shard))
        for guild_id in left["servers"] if left else ():
            if self._connection._get_guild(guild_id) is None:
                self._connection._add_guild_from_data(_unknown(guild_id))
        held: HeldShard | None = None
        while held is None:
            try:
                if left is None:
                    await self._cluster.gate.reserve(shard, self._start_limit)
                async with asyncio.timeout(CONNECT_SECONDS):
                    held = HeldShard(await self._connected(shard, left), self, self._events.put_nowait)
            except Exception:
                log.exception("Shard %d could not connect. It will be tried again.", shard)
                left = None
                await asyncio.sleep(AGAIN_SECONDS)
        self._held[shard] = held
        held.launch()
        if left:
            self._learning[shard] = asyncio.create_task(self._learn(left["servers"]))

    async def _connected(self, shard: int, left: Mapping[str, Any] | None) -> DiscordWebSocket:
        if left is None:
            return await DiscordWebSocket.from_client(self, shard_id=shard)
        return await DiscordWebSocket.from_client(
            self,
            shard_id=shard,
            resume=True,
            session=left["session"],
            sequence=left["sequence"],
            gateway=URL(left["gateway"]),
        )

    async def close_shard(self, shard: int) -> str | None:
        """End its connection, and forget its servers; returns what another process needs to go on, None where there is no session."""
        learning = self._learning.pop(shard, None)
        if learning is not None:
            learning.cancel()
        self._identified.discard(shard)
        held = self._held.pop(shard, None)
        if held is None:
            return None
        await held.give_up()
        servers = self._forget_servers(shard)
        session, sequence = held.ws.session_id, held.ws.sequence
        if session is None or sequence is None:
            return None
        left = {"session": session, "sequence": sequence, "gateway": str(held.ws.gateway), "servers": servers}
        return json.dumps(left)

    def _forget_servers(self, shard: int) -> list[int]:
        servers = [guild for guild in self.guilds if shard_of(guild.id, self._cluster.shards) == shard]
        for guild in servers:
            self._connection._remove_guild(guild)
        return [guild.id for guild in servers]

    async def on_shard_ready(self, shard: int) -> None:
        """Say so in the log, and that the servers of this shard are known."""
        if shard in self._identified:
            self._identified.discard(shard)
            self.note_servers()
            servers = sum(guild.shard_id == shard for guild in self.guilds)
            log.info("Ready as %s with shard %d in %d servers.", self.user, shard, servers)
            self.dispatch("shard_identified", shard)

    async def on_shard_resumed(self, shard: int) -> None:
        """Say so in the log."""
        log.info("Shard %d goes on with its session.", shard)

    async def _learn(self, servers: list[int]) -> None:
        """Ask for the channels of servers, one after another: with a session that goes on, Discord does not tell of them."""
        for number in servers:
            try:
                known = self._connection._get_guild(number)
                if known is not None and known.unavailable:
                    self._connection.parse_guild_create(await self._read_server(number))
            except (discord.HTTPException, *TRANSPORT_ERRORS) as error:
                log.info("Server %d could not be read: %s", number, error)
            await asyncio.sleep(BETWEEN_SERVERS_SECONDS)

    async def _read_server(self, number: int) -> Any:
        """What GUILD_CREATE would say of it, as far as the bot uses that."""
        server = await self.http.get_guild(number, with_counts=False)
        channels = await self.http.get_all_guild_channels(number)
        members = [await self.http.get_member(number, self.user.id)] if self.user else []
        return {**server, "channels": channels, "members": members, "unavailable": False}

    @property
    def _held(self) -> MutableMapping[int, HeldShard]:
        held: MutableMapping[int, HeldShard] = vars(self)[SHARDS]
        return held

    @property
    def _events(self) -> asyncio.PriorityQueue[EventItem]:
        events: asyncio.PriorityQueue[EventItem] = vars(self)[EVENTS]
        return events


def _unknown(guild_id: int) -> Any:
    """A server as READY names it."""
    return {"id": str(guild_id), "unavailable": True}
