"""A message that a member picked. What it holds is used for one answer: it is saved nowhere, and never trained on."""

import discord

from bot.errors import InvalidInputError
from bot.texts.template import Text
from cogs.ui.text import as_typed


def text_of(message: discord.Message, nothing: Text) -> str:
    """What is written in a message, or in its first embed. Raises `InvalidInputError` with `nothing` where nothing is."""
    shown = [as_typed(f"{embed.title or ''}\n{embed.description or ''}") for embed in message.embeds]
    text = next((text for text in [message.content, *shown] if text.strip()), "")
    if not text:
        raise InvalidInputError(nothing)
    return text


def recording_of(message: discord.Message) -> discord.Attachment | None:
    """The first file of a message, or of one that it forwards, which Discord takes for sound."""
    forwarded = [file for snapshot in message.message_snapshots for file in snapshot.attachments]
    return next((file for file in (*message.attachments, *forwarded) if _is_sound(file)), None)


def _is_sound(file: discord.Attachment) -> bool:
    return file.is_voice_message() or (file.content_type or "").startswith("audio/")
