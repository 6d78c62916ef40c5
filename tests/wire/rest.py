"""The REST half of the loopback Discord: one aiohttp application over the routes of its parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.wire.bodies import answer, break_off, failure, read
from tests.wire.callbacks import Callbacks
from tests.wire.channels import Channels
from tests.wire.record import SENT, Record, Request
from tests.wire.shapes import APPLICATION, BOT_USER, Guild, Json, guild_create, snowflake
from tests.wire.sockets import Gateway

API = "/api/v10"


@dataclass(frozen=True)
class Starts:
    """How many shards are recommended, and how many may identify at once."""

    shards: int
    max_concurrency: int


class Application:
    """Who the bot is, where its gateway stands, which commands it has, and in which servers it is."""

    def __init__(self, record: Record, gateway: Gateway, guilds: Sequence[Guild], starts: Starts) -> None:
        self._record = record
        self._gateway = gateway
        self._guilds = guilds
        self._starts = starts

    def routes(self) -> list[web.RouteDef]:
        commands = "/applications/{application}/commands"
        return [
            web.get("/users/@me", self.me),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            web.get("/gateway", self.gateway_bot),
            web.get("/gateway/bot", self.gateway_bot),
            web.get(commands, self.list_commands),
            web.put(commands, self.put_commands),
            web.get("/guilds/{guild}", self.guild),
            web.get("/guilds/{guild}/channels", self.guild_channels),
            web.get("/guilds/{guild}/members/{member}", self.guild_member),
        ]

    async def me(self, _request: web.Request) -> web.Response:
        return answer(BOT_USER)

    async def application(self, _request: web.Request) -> web.Response:
        return answer(APPLICATION)

    async def gateway_bot(self, _request: web.Request) -> web.Response:
        starts = self._starts
        limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": starts.max_concurrency}
        return answer({"url": self._gateway.url, "shards": starts.shards, "session_start_limit": limit})

    def _found(self, request: web.Request) -> Json:
        wanted = int(request.match_info["guild"])
        return next(guild_create(guild) for guild in self._guilds if guild.id == wanted)

    async def guild(self, request: web.Request) -> web.Response:
        told = self._found(request)
        return answer(
            {name: value for name, value in told.items() if name not in ("channels", "members", "unavailable")}
        )

    async def guild_channels(self, request: web.Request) -> web.Response:
        return answer(self._found(request)["channels"])

    async def guild_member(self, request: web.Request) -> web.Response:
        return answer(self._found(request)["members"][0])

    async def list_commands(self, _request: web.Request) -> web.Response:
        return answer(self._record.commands)

    async def put_commands(self, request: web.Request) -> web.Response:
        ids = {command["name"]: command["id"] for command in self._record.commands}
        self._record.commands = [
            {
                "type": 1,
                "description": "",
                **command,
                "id": ids.get(command["name"]) or str(snowflake()),
                "application_id": APPLICATION["id"],
                "version": str(snowflake()),
            }
            for command in request[SENT].body
        ]
        self._record.syncs += 1
        self._record.changed()
        return answer(self._record.commands)


def application(
    record: Record, gateway: Gateway, channels: Channels, callbacks: Callbacks, about: Application, *, token: str | None
) -> web.Application:
    """REST under `API`, the gateway and the attachments beside it."""
    api = web.Application(middlewares=[_keeper(record), _doorman(token)], client_max_size=32 * 1024**2)
    for part in (about, callbacks, channels):
        api.router.add_routes(part.routes())
    root = web.Application()
    root.router.add_get("/gateway", gateway.serve)
    root.router.add_get("/gateway/", gateway.serve)
    root.router.add_get("/attachments/{channel}/{id}/{name}", channels.download)
    root.add_subapp(API, api)
    return root


def _keeper(record: Record) -> Middleware:
    """Writes every request down, gives the refusals that were asked for, and names unknown routes."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix(API)
        body, files = await read(request)
        request[SENT] = kept = Request(request.method, path, body, files, request.headers)
        record.requests.append(kept)
        try:
            if (refusal := record.refusal(request.method, path)) is not None:
                return answer(refusal.body, refusal.status, refusal.headers)
            name = f"{request.method} {_kind(path)}"
            if not await record.gate.passes(name, "before"):
                return break_off(request)
            response = await handler(request)
            return response if await record.gate.passes(name, "after") else break_off(request)
        except web.HTTPException as problem:
            record.unknown.append(kept)
            return failure(problem.status, 0, f"{problem.status}: {problem.reason}")
        except Exception as fault:
            record.faults.append(fault)
            raise
        finally:
            record.changed()

    return keep


def _kind(path: str) -> str:
    """What a path is about: its words without ids and tokens."""
    return "/".join(part for part in path.split("/") if part.isalpha() or part.startswith("@"))


def _doorman(token: str | None) -> Middleware:
    """Turns away whoever shows another token than the bot's; interactions and webhooks carry their own."""

    @web.middleware
    async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
        by_token = request.path.removeprefix(API).startswith(("/interactions/", "/webhooks/"))
        if token is None or by_token or request.headers.get("Authorization") == f"Bot {token}":
            return await handler(request)
        return failure(401, 0, "401: Unauthorized")

    return admit
