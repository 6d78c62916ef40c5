"""The gateway's half of the loopback Discord: sessions that survive their socket."""

import json
from collections import deque
from contextlib import suppress
from time import perf_counter

from aiohttp import WSMsgType, web

from tests.wire.record import Handshake, Record
from tests.wire.shapes import APPLICATION_ID, BOT_USER, Guild, Json, guild_create, snowflake

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 7, 9, 10, 11
KEPT_EVENTS = 2_000
IDENTIFY_SECONDS = 5.0  # between two in a bucket
AUTHENTICATION_FAILED, INVALID_SEQUENCE, SESSION_TIMED_OUT = 4004, 4007, 4009
# After these from the bot, its session is over: it cannot be resumed.
GOODBYES = (1000, 1001)


class Session:
    """A shard's numbered events; while its socket is gone they wait for a RESUME."""

    def __init__(self, shard: int, count: int) -> None:
        self.id = f"session-{snowflake()}"
        self.shard = shard
        self.count = count
        self.line: Line | None = None
        self._sequence = 0
        self._events: deque[tuple[int, str]] = deque(maxlen=KEPT_EVENTS)

    def covers(self, guild: Guild) -> bool:
        return (guild.id >> 22) % self.count == self.shard

    async def dispatch(self, event: str, data: Json) -> None:
        self._sequence += 1
        text = json.dumps({"op": DISPATCH, "t": event, "s": self._sequence, "d": data})
        self._events.append((self._sequence, text))
        if self.line is not None:
            await self.line.send(text)

    def has_sent(self, sequence: int) -> bool:
        return sequence <= self._sequence

    async def replay(self, seen: int) -> None:
        """Send again, in their order, what came after the event with this number."""
        assert self.line is not None
        for sequence, text in list(self._events):
            if sequence > seen:
                await self.line.send(text)


class Line:
    """One socket of a bot's."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._request = request
        self.session: Session | None = None
        self.is_silent = False

    async def send(self, text: str) -> None:
        """Send, or do nothing where the bot is gone or hears nothing: its session keeps the event."""
        if not self._socket.closed and not self.is_silent:
            with suppress(ConnectionError):
                await self._socket.send_str(text)

    async def operate(self, op: int, data: object) -> None:
        await self.send(json.dumps({"op": op, "d": data}))

    async def close(self, code: int) -> None:
        """Send the closing frame; the connection stays until the bot has answered it.

        A connection that ends before makes aiohttp forget the code, which is how `WebSocketResponse.close` would end it.
        """
        self.detach()
        with suppress(ConnectionError):
            await self._socket.send_frame(code.to_bytes(2, "big"), WSMsgType.CLOSE)

    def cut(self) -> None:
        """Break the connection without a closing frame, as a network does."""
        self.detach()
        if self._request.transport is not None:
            self._request.transport.abort()

    def attach(self, session: Session) -> None:
        session.line, self.session = self, session

    def detach(self) -> None:
        if self.session is not None and self.session.line is self:
            self.session.line = None


class Gateway:
    """Accepts sockets, identifies them, and keeps their sessions."""

    def __init__(
        self,
        record: Record,
        guilds: tuple[Guild, ...],
        token: str | None,
        heartbeat_ms: int,
        max_concurrency: int | None = None,
    ) -> None:
        """With `max_concurrency` an IDENTIFY that comes too soon after another is refused, and recorded as early."""
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.token = token
        self.is_down = False
        self.extra_replays = 0
        self._record = record
        self._guilds = guilds
        self._heartbeat_ms = heartbeat_ms
        self._max_concurrency = max_concurrency
        self._identified_at: dict[int, float] = {}  # by bucket

    @property
    def lines(self) -> list[Line]:
        """The sockets that have a session now."""
        return [session.line for session in self.sessions.values() if session.line is not None]

    def session_for(self, guild: Guild) -> Session:
        """The newest session that covers this server, connected or not."""
        for session in reversed(self.sessions.values()):
            if session.covers(guild):
                return session
        raise LookupError("no bot has identified yet")

    def hears(self, guild: Guild) -> bool:
        """Whether the newest session that covers this server has a socket."""
        return (
            any(session.covers(guild) for session in self.sessions.values())
            and self.session_for(guild).line is not None
        )

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.is_down:
            return web.Response(status=503)
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        line = Line(socket, request)
        await line.operate(HELLO, {"heartbeat_interval": self._heartbeat_ms})
        async for frame in socket:
            if frame.type is WSMsgType.TEXT:
                await self._receive(line, json.loads(frame.data))
        self._hang_up(line, socket.close_code)
        return socket

    def _hang_up(self, line: Line, code: int | None) -> None:
        """The bot has closed its socket, or the network did."""
        if code in GOODBYES and line.session is not None:
            self.sessions.pop(line.session.id, None)
        line.detach()
        self._record.changed()

    async def _receive(self, line: Line, frame: Json) -> None:
        op, data = frame["op"], frame["d"]
        if op == HEARTBEAT:
            self._record.heartbeats += 1
            await line.operate(HEARTBEAT_ACK, None)
        elif op == IDENTIFY:
            await self._identify(line, data)
        elif op == RESUME:
            await self._resume(line, data)
        self._record.changed()

    async def _identify(self, line: Line, data: Json) -> None:
        if not await self._admits(line, data):
            return
        session = Session(*(data.get("shard") or (0, 1)))
        if self._is_early(session.shard):
            await line.operate(INVALID, data=False)
            return
        line.attach(session)
        covered = [guild for guild in self._guilds if session.covers(guild)]
        await session.dispatch("READY", self._ready(session, covered))
        for guild in covered:
            await session.dispatch("GUILD_CREATE", guild_create(guild))
        self.sessions[session.id] = session
        self._record.handshakes.append(Handshake(resumed=False, shard=session.shard, session=session.id))

    def _is_early(self, shard: int) -> bool:
        if self._max_concurrency is None:
            return False
        bucket, now = shard % self._max_concurrency, perf_counter()
        since = now - self._identified_at.get(bucket, float("-inf"))
        self._identified_at[bucket] = now
        if since < IDENTIFY_SECONDS:
            self._record.early.append(f"shard {shard} after {since:.3f} s")
        return since < IDENTIFY_SECONDS

    async def _admits(self, line: Line, data: Json) -> bool:
        if self.token is None or data["token"] == self.token:
            return True
        await line.close(AUTHENTICATION_FAILED)
        return False

    def _ready(self, session: Session, guilds: list[Guild]) -> Json:
        return {
            "v": 10,
            "user": BOT_USER,
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [session.shard, session.count],
            "application": {"id": str(APPLICATION_ID), "flags": 0},
        }

    async def _resume(self, line: Line, data: Json) -> None:
        if not await self._admits(line, data):
            return
        session = self.sessions.get(data["session_id"])
        if session is None:
            await line.operate(INVALID, data=False)
            return
        if not session.has_sent(data["seq"]):
            await line.close(INVALID_SEQUENCE)
            return
        line.attach(session)
        await session.replay(data["seq"] - self.extra_replays)
        await session.dispatch("RESUMED", {})
        self._record.handshakes.append(Handshake(resumed=True, shard=session.shard, session=session.id))
