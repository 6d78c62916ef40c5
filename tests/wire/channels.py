"""Messages in channels, their attachments, and the routes that a bot reaches them by."""

from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from tests.wire.bodies import answer, described, failure
from tests.wire.record import SENT, Record
from tests.wire.shapes import (
    BOT_USER,
    EPHEMERAL,
    LOADING,
    Guild,
    Json,
    Upload,
    channel,
    guild_create,
    member,
    message,
    snowflake,
)


class Channels:
    """Routes under /channels, /guilds and /attachments."""

    def __init__(self, record: Record, guilds: tuple[Guild, ...], url_of: Callable[[str], str]) -> None:
        self._record = record
        self._guilds = {guild.id: guild for guild in guilds}
        self._channels = {guild.channel_id: guild for guild in guilds}
        self._url_of = url_of

    def routes(self) -> list[web.RouteDef]:
        messages = "/channels/{channel}/messages"
        return [
            web.get("/channels/{channel}", self.show_channel),
            web.post("/channels/{channel}/typing", self.typing),
            web.post(messages, self.post),
            web.get(messages + "/{message}", self.show),
            web.patch(messages + "/{message}", self.edit),
            web.delete(messages + "/{message}", self.delete),
            web.post("/users/@me/channels", self.open_direct),
            web.get("/guilds/{guild}", self.show_guild),
            web.get("/guilds/{guild}/members/{user}", self.show_member),
        ]

    def add(self, channel_id: int, body: Json, files: tuple[Upload, ...], *, kind: int = 0) -> Json:
        """Post a message of the bot's; returns it as Discord stores it."""
        posted = message(channel_id, body, [self.keep(file, channel_id) for file in files], kind=kind)
        self._record.messages[int(posted["id"])] = posted
        return posted

    def change(self, found: Json, body: Json, files: tuple[Upload, ...]) -> None:
        """Edit in place: what the body does not name stays; listed attachments stay, new files join them."""
        for key in ("content", "embeds", "components"):
            if key in body:
                found[key] = body[key] or type(found[key])()
        before = found["flags"] & ~LOADING
        found["flags"] = before & EPHEMERAL | body["flags"] if body.get("flags") is not None else before
        if "attachments" in body or files:
            listed = {str(entry["id"]) for entry in body.get("attachments", found["attachments"]) or []}
            kept = [entry for entry in found["attachments"] if entry["id"] in listed]
            found["attachments"] = kept + [self.keep(file, int(found["channel_id"])) for file in files]
        found["edited_timestamp"] = datetime.now(UTC).isoformat()

    def remove(self, found: Json) -> None:
        del self._record.messages[int(found["id"])]
        self._record.deleted.append(found)

    def keep(self, upload: Upload, channel_id: int) -> Json:
        """Serve a file from the attachment routes; returns what stands for it in a payload."""
        self._record.uploads[upload.id] = upload
        return described(upload, channel_id, self._url_of)

    async def download(self, request: web.Request) -> web.Response:
        upload = self._record.uploads.get(int(request.match_info["id"]))
        if upload is None:
            return web.Response(status=404)
        return web.Response(body=upload.data, content_type=upload.content_type)

    async def show_channel(self, request: web.Request) -> web.Response:
        guild = self._channels.get(int(request.match_info["channel"]))
        return failure(404, 10003, "Unknown Channel") if guild is None else answer(channel(guild))

    async def typing(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def post(self, request: web.Request) -> web.Response:
        body = request[SENT].body
        nonce = body.get("nonce") if body.get("enforce_nonce") else None
        if nonce in self._record.nonces:  # Discord answers with the message that it took before
            return answer(self._record.nonces[nonce])
        posted = self.add(int(request.match_info["channel"]), body, request[SENT].files)
        if nonce is not None:
            self._record.nonces[nonce] = posted
        self._record.changed()
        return answer(posted)

    async def show(self, request: web.Request) -> web.Response:
        found = self._find(request)
        return failure(404, 10008, "Unknown Message") if found is None else answer(found)

    async def edit(self, request: web.Request) -> web.Response:
        found = self._find(request)
        if found is None:
            return failure(404, 10008, "Unknown Message")
        self.change(found, request[SENT].body, request[SENT].files)
        self._record.changed()
        return answer(found)

    async def delete(self, request: web.Request) -> web.Response:
        found = self._find(request)
        if found is None:
            return failure(404, 10008, "Unknown Message")
        self.remove(found)
        self._record.changed()
        return web.Response(status=204)

    async def open_direct(self, request: web.Request) -> web.Response:
        recipient = {**BOT_USER, "id": str(request[SENT].body["recipient_id"]), "bot": False}
        return answer({"id": str(snowflake()), "type": 1, "recipients": [recipient], "last_message_id": None})

    async def show_guild(self, request: web.Request) -> web.Response:
        guild = self._guilds.get(int(request.match_info["guild"]))
        return failure(404, 10004, "Unknown Guild") if guild is None else answer(guild_create(guild))

    async def show_member(self, request: web.Request) -> web.Response:
        return answer(member(int(request.match_info["user"]), 0))

    def _find(self, request: web.Request) -> Json | None:
        found = self._record.messages.get(int(request.match_info["message"]))
        return found if found is not None and found["channel_id"] == request.match_info["channel"] else None
