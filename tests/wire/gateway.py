"""A Discord on 127.0.0.1 that a real bot process connects to over a real websocket and real HTTP."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.wire import payloads
from tests.wire.callbacks import Callbacks
from tests.wire.channels import Channels
from tests.wire.faults import GatewayFaults
from tests.wire.interaction import Interaction
from tests.wire.record import Record, Refusal
from tests.wire.rest import API, Application, Starts, application
from tests.wire.shapes import APPLICATION_ID, MEMBER, MEMBER_ID, Guild, Json
from tests.wire.sockets import Gateway


class LoopbackDiscord:
    """`async with LoopbackDiscord() as discord`: start a bot with `discord.environment`, then `await discord.ready()`.

    `command`, `press`, `submit` and `autocomplete` send an interaction and return its handle, whose `acked` and
    `answered` tell what came back and after how many seconds. `record` holds all that the bot sent, `faults` breaks the gateway.
    With `max_concurrency` an IDENTIFY within five seconds of another one in its bucket is recorded and refused.
    A callback later than `ack_limit` seconds is recorded and refused, as Discord does.
    """

    def __init__(
        self,
        *guilds: Guild,
        token: str | None = None,
        shards: int = 1,
        max_concurrency: int | None = None,
        heartbeat_ms: int = 41_250,
        ack_limit: float = 3.0,
        answer_timeout: float = 60.0,
    ) -> None:
        self.guilds = guilds or (Guild(),)
        self.record = Record()
        self._shards = shards
        self._timeout = answer_timeout
        self._gateway = Gateway(self.record, self.guilds, token, heartbeat_ms, max_concurrency)
        self.faults = GatewayFaults(self._gateway)
        self._channels = Channels(self.record, self.guilds, lambda path: f"{self.address}{path}")
        self._callbacks = Callbacks(self.record, self._channels, ack_limit)
        starts = Starts(shards, max_concurrency or shards)
        about = Application(self.record, self._gateway, self.guilds, starts)
        app = application(self.record, self._gateway, self._channels, self._callbacks, about, token=token)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        self.address = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        self.address = f"http://127.0.0.1:{port}"
        self._gateway.url = f"ws://127.0.0.1:{port}/gateway"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._gateway.lines:
            line.cut()
        await self._runner.cleanup()
        if self.record.faults and error is None:
            raise ExceptionGroup("the loopback Discord failed itself", self.record.faults)

    @property
    def environment(self) -> dict[str, str]:
        """What points a bot here."""
        return {"DISCORD_API_BASE": self.address + API, "DISCORD_GATEWAY_URL": self._gateway.url}

    async def ready(self, handshakes: int = 1, timeout: float = 60.0) -> None:  # noqa: ASYNC109 - passed on
        """Return once this many connections of every shard have reached READY or RESUMED, counted from the start."""
        await self.record.until(lambda: len(self.record.handshakes) >= handshakes * self._shards, timeout)

    async def command(
        self,
        path: str,
        options: Mapping[str, Any] | None = None,
        *,
        user_id: int = MEMBER_ID,
        permissions: int = MEMBER,
        guild: Guild | None = None,
    ) -> Interaction:
        """A member types /path; an option may be an `Upload`."""
        interaction = Interaction(guild or self.guilds[0], user_id, timeout=self._timeout)
        data = self._slash(interaction, path, options, focused=None)
        return await self._send(interaction, payloads.SLASH_COMMAND, data, permissions)

    async def autocomplete(
        self,
        path: str,
        options: Mapping[str, Any],
        focused: str,
        *,
        user_id: int = MEMBER_ID,
        permissions: int = MEMBER,
        guild: Guild | None = None,
    ) -> Interaction:
        """A member types in the option `focused`; the answer's message holds `choices`."""
        interaction = Interaction(guild or self.guilds[0], user_id, timeout=self._timeout)
        data = self._slash(interaction, path, options, focused)
        return await self._send(interaction, payloads.AUTOCOMPLETE, data, permissions)

    async def press(
        self,
        message: Json,
        wanted: str,
        values: Sequence[str] = (),
        *,
        user_id: int = MEMBER_ID,
        permissions: int = MEMBER,
    ) -> Interaction:
        """A member presses a button of a message, or chooses `values` in a select; by custom id or label."""
        interaction = Interaction(self._home(message), user_id, message, self._timeout)
        return await self._send(interaction, payloads.COMPONENT, payloads.press(message, wanted, values), permissions)

    async def submit(self, opener: Interaction, values: Mapping[str, Any], *, permissions: int = MEMBER) -> Interaction:
        """The member whom `opener` showed a modal sends it off, filled by custom id or label."""
        modal = (await opener.acked).data
        interaction = Interaction(opener.guild, opener.user_id, opener.source, self._timeout)
        data = payloads.submission(modal, values, lambda file: self._channels.keep(file, opener.guild.channel_id))
        return await self._send(interaction, payloads.MODAL_SUBMIT, data, permissions)

    def refuse(
        self, method: str, path: str, status: int, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> None:
        """Answer the next request whose path below the API fits the pattern so, and not truly."""
        self.record.refusals.append(Refusal(method, path, status, body or {"code": 0, "message": ""}, headers or {}))

    def rate_limit(self, method: str, path: str, retry_after: float) -> None:
        """Refuse the next such request with Discord's 429; without `Via`, discord.py takes it for a ban."""
        body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": False}
        self.refuse(method, path, 429, body, {"Via": "1.1 loopback"})

    def _home(self, message: Json) -> Guild:
        return next(guild for guild in self.guilds if str(guild.channel_id) == message["channel_id"])

    def _slash(
        self, interaction: Interaction, path: str, options: Mapping[str, Any] | None, focused: str | None
    ) -> Json:
        channel_id = interaction.guild.channel_id
        return payloads.slash(
            self.record.commands, path, options or {}, focused, lambda file: self._channels.keep(file, channel_id)
        )

    async def _send(self, interaction: Interaction, kind: int, data: Json, permissions: int) -> Interaction:
        self.record.interactions[interaction.token] = interaction
        head = {"id": str(interaction.id), "token": interaction.token, "application_id": str(APPLICATION_ID)}
        payload = (
            head | {"type": kind, "data": data} | payloads.envelope(interaction.guild, interaction.user_id, permissions)
        )
        if interaction.source is not None:
            payload["message"] = interaction.source
        interaction.payload = payload
        interaction.restart_clock()
        await self.repeat(interaction)
        return interaction

    def hears(self, guild: Guild) -> bool:
        """Whether a bot is connected to the newest session of the server's shard."""
        return self._gateway.hears(guild)

    async def repeat(self, interaction: Interaction) -> None:
        """Dispatch it once more, as a new event: whoever delivers at least once may do so."""
        await self._gateway.session_for(interaction.guild).dispatch("INTERACTION_CREATE", interaction.payload)
