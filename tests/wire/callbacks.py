"""Interaction callbacks and the messages of an interaction: what a bot may do with a token."""

from collections.abc import Callable

from aiohttp import web

from tests.wire.bodies import answer, failure
from tests.wire.channels import Channels
from tests.wire.interaction import Interaction, Kind, readable
from tests.wire.record import SENT, Record
from tests.wire.shapes import EPHEMERAL, LOADING, Json, Upload

SLASH_COMMAND_REPLY, REPLY = 20, 19


class Callbacks:
    """Routes under /interactions and /webhooks."""

    def __init__(self, record: Record, channels: Channels, ack_limit: float) -> None:
        self._record = record
        self._channels = channels
        self._ack_limit = ack_limit

    def routes(self) -> list[web.RouteDef]:
        webhook = "/webhooks/{application}/{token}"
        return [
            web.post("/interactions/{id}/{token}/callback", self.callback),
            web.post(webhook, self.follow_up),
            web.get(webhook + "/messages/{message}", self.show),
            web.patch(webhook + "/messages/{message}", self.edit),
            web.delete(webhook + "/messages/{message}", self.delete),
        ]

    async def callback(self, request: web.Request) -> web.Response:
        interaction = self._record.interactions.get(request.match_info["token"])
        if interaction is None:
            return failure(404, 10062, "Unknown interaction")
        if interaction.is_acked:
            return failure(400, 40060, "Interaction has already been acknowledged.")
        body: Json = request[SENT].body
        kind, data = Kind(body["type"]), body.get("data") or {}
        late = interaction.age() > self._ack_limit
        interaction.acknowledge(kind, data)
        if late:
            return failure(404, 10062, "Unknown interaction")
        self._apply(interaction, kind, data, request[SENT].files)
        self._record.changed()
        return self._callback_answer(interaction, kind, wanted=request.query.get("with_response") is not None)

    def _apply(self, interaction: Interaction, kind: Kind, data: Json, files: tuple[Upload, ...]) -> None:
        channel_id = interaction.guild.channel_id
        if kind is Kind.MESSAGE:
            interaction.original = self._channels.add(channel_id, data, files, kind=SLASH_COMMAND_REPLY)
        elif kind is Kind.DEFER:
            waiting = {"flags": data.get("flags", 0) | LOADING}
            interaction.original = self._channels.add(channel_id, waiting, (), kind=SLASH_COMMAND_REPLY)
            return
        elif kind in {Kind.DEFER_UPDATE, Kind.UPDATE}:
            interaction.original = interaction.source
        if kind is Kind.DEFER_UPDATE:
            return
        if kind is Kind.UPDATE and interaction.original is not None:
            self._channels.change(interaction.original, data, files)
        interaction.answer(data if kind in {Kind.CHOICES, Kind.MODAL} else interaction.original or data)

    def _callback_answer(self, interaction: Interaction, kind: Kind, *, wanted: bool) -> web.Response:
        if not wanted:
            return web.Response(status=204)
        about: Json = {"id": str(interaction.id), "type": 2}
        body: Json = {"interaction": about}
        if (original := interaction.original) is not None:
            about["response_message_id"] = original["id"]
            about["response_message_loading"] = kind is Kind.DEFER
            about["response_message_ephemeral"] = bool(original["flags"] & EPHEMERAL)
            body["resource"] = {"type": int(kind), "message": original}
        return answer(body)

    async def follow_up(self, request: web.Request) -> web.Response:
        return self._with_interaction(request, self._follow_up)

    def _follow_up(self, interaction: Interaction, request: web.Request) -> web.Response:
        if interaction.original is not None and interaction.original["flags"] & LOADING:
            return self._edit(interaction, interaction.original, request)
        sent = self._channels.add(interaction.guild.channel_id, request[SENT].body, request[SENT].files, kind=REPLY)
        interaction.followups.append(sent)
        interaction.answer(sent)
        return answer(sent)

    async def show(self, request: web.Request) -> web.Response:
        return self._with_message(request, lambda _interaction, found, _request: answer(found))

    async def edit(self, request: web.Request) -> web.Response:
        return self._with_message(request, self._edit)

    def _edit(self, interaction: Interaction, found: Json, request: web.Request) -> web.Response:
        self._channels.change(found, request[SENT].body, request[SENT].files)
        if readable(found):
            interaction.answer(found)
        return answer(found)

    async def delete(self, request: web.Request) -> web.Response:
        return self._with_message(request, self._delete)

    def _delete(self, interaction: Interaction, found: Json, _request: web.Request) -> web.Response:
        self._channels.remove(found)
        if interaction.original is found:
            interaction.original = None
        else:
            interaction.followups.remove(found)
        return web.Response(status=204)

    def _with_message(
        self, request: web.Request, act: Callable[[Interaction, Json, web.Request], web.Response]
    ) -> web.Response:
        wanted = request.match_info["message"]

        def find(interaction: Interaction, request: web.Request) -> web.Response:
            for found in interaction.messages:
                if found["id"] == wanted or (wanted == "@original" and found is interaction.original):
                    return act(interaction, found, request)
            return failure(404, 10008, "Unknown Message")

        return self._with_interaction(request, find)

    def _with_interaction(
        self, request: web.Request, act: Callable[[Interaction, web.Request], web.Response]
    ) -> web.Response:
        interaction = self._record.interactions.get(request.match_info["token"])
        if interaction is None or not interaction.is_acked:
            return failure(404, 10015, "Unknown Webhook")
        result = act(interaction, request)
        self._record.changed()
        return result
