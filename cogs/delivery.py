"""Sends what waits in the outbox to Discord's channels."""

from collections.abc import Awaitable, Callable, Mapping

import discord

from bot.app import App
from bot.client import TRANSPORT_ERRORS, PunchlineBot
from bot.outbox import Delivered, NotDelivered
from bot.store.outbox import Delivery, Kind
from bot.texts.language import language_of_server, speaking
from bot.texts.template import clip
from cogs.ui.arena_cards import round_message
from cogs.ui.digest_card import digest_message
from cogs.ui.job_card import job_message
from cogs.ui.message import Rendered
from cogs.ui.report_card import report_message
from cogs.ui.text import MAX_CONTENT

Render = Callable[[PunchlineBot, Delivery], Awaitable[Rendered | NotDelivered]]


def _by_app(render: Callable[[App, Delivery], Awaitable[Rendered | None]]) -> Render:
    async def by_bot(bot: PunchlineBot, delivery: Delivery) -> Rendered | NotDelivered:
        return await render(bot.app, delivery) or NotDelivered.GONE

    return by_bot


async def notice_message(_app: App, delivery: Delivery) -> Rendered:
    """A text for a server's admins."""
    return Rendered(content=clip(delivery.body, MAX_CONTENT))


RENDERERS: Mapping[Kind, Render] = {
    Kind.JOB: _by_app(job_message),
    Kind.REPORT: _by_app(report_message),
    Kind.NOTICE: _by_app(notice_message),
    Kind.ROUND: _by_app(round_message),
    Kind.DIGEST: digest_message,
}


class DiscordSender:
    """The outbox's sender."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._bot = bot

    async def __call__(self, delivery: Delivery) -> Delivered | NotDelivered:
        """Edit the message where there is one, else send it to the first channel that takes it."""
        with speaking(language_of_server(delivery.guild_id)):
            message = await RENDERERS[delivery.kind](self._bot, delivery)
        if isinstance(message, NotDelivered):
            return message
        try:
            if delivery.message_id is not None and await self._edited(delivery, delivery.message_id, message):
                return Delivered(delivery.channels[0], delivery.message_id)
            for channel_id in delivery.channels:
                message_id = await self._sent(channel_id, delivery, message)
                if message_id is not None:
                    return Delivered(channel_id, message_id)
        except (discord.HTTPException, *TRANSPORT_ERRORS):
            return NotDelivered.LATER
        return NotDelivered.REFUSED

    async def _edited(self, delivery: Delivery, message_id: int, message: Rendered) -> bool:
        """False where the message is gone, or its channel closed to the bot."""
        channel = self._bot.get_partial_messageable(delivery.channels[0])
        try:
            await channel.get_partial_message(message_id).edit(
                content=message.content, embed=message.with_picture(), view=message.view, attachments=message.files()
            )
        except (discord.NotFound, discord.Forbidden):
            return False
        return True

    async def _sent(self, channel_id: int, delivery: Delivery, message: Rendered) -> int | None:
        """The new message's id; None where the channel is gone or closed. One that forbids attachments gets no picture."""
        channel = self._bot.get_partial_messageable(channel_id)
        for embed, files in ((message.with_picture(), message.files()), (message.embed, [])):
            try:
                # Discord takes a nonce once, should the bot end before it has written down that the message was sent.
                sent = await channel.send(
                    message.content,
                    embed=embed or discord.utils.MISSING,
                    view=message.view or discord.utils.MISSING,
                    files=files or discord.utils.MISSING,
                    nonce=delivery.nonce,
                )
            except discord.NotFound:
                return None
            except discord.Forbidden:
                if not files:
                    return None
            else:
                return sent.id
        return None
