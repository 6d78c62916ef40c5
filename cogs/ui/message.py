"""A message of the bot's before it is sent: an embed with its buttons and its picture."""

import io
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.drawing import Chart
from bot.texts.template import clip
from cogs.ui.text import MAX_ALT

PICTURE = "chart.png"


@dataclass(frozen=True)
class Rendered:
    """What is sent. It can be sent more than once: the picture is a new file each time."""

    embed: discord.Embed | None = None
    content: str | None = None
    view: discord.ui.View | None = None
    picture: Chart | None = field(default=None, repr=False)

    def with_picture(self) -> discord.Embed | None:
        """The embed with the picture in it, if there is one."""
        if self.embed is None or self.picture is None:
            return self.embed
        return self.embed.copy().set_image(url=f"attachment://{PICTURE}")

    def files(self) -> list[discord.File]:
        """The picture as an attachment that screen readers can tell."""
        if self.picture is None:
            return []
        return [discord.File(io.BytesIO(self.picture.png), PICTURE, description=clip(self.picture.alt, MAX_ALT))]


async def reply(interaction: discord.Interaction[Any], message: Rendered, *, ephemeral: bool = False) -> None:
    """Answer at once."""
    missing = discord.utils.MISSING
    await interaction.response.send_message(
        message.content,
        embed=message.with_picture() or missing,
        view=message.view or missing,
        files=message.files() or missing,
        ephemeral=ephemeral,
    )


async def answer(interaction: discord.Interaction[Any], message: Rendered) -> None:
    """Put the message where the bot is thinking."""
    await interaction.edit_original_response(
        embed=message.with_picture(), view=message.view, attachments=message.files()
    )
