"""How a poster or a share card is posted."""

import io

import discord

from bot.errors import LimitError
from bot.pictures.finished import Finished, Slogan
from bot.texts import pictures as texts
from bot.texts.template import beginning, clip, markdown
from cogs.ui.buttons import Interaction
from cogs.ui.text import MAX_ALT, MAX_CONTENT

MAX_SLOGAN, MAX_MISSING = 1000, 100
MEGABYTE = 1024 * 1024


async def post(interaction: Interaction, picture: Finished, name: str, slogan: Slogan | None = None) -> None:
    """Put the picture where the bot is thinking, in an attachment that screen readers can tell. Raises `LimitError` if it is too large."""
    if len(picture.content) > interaction.filesize_limit:
        sizes = {"size": len(picture.content) / MEGABYTE, "most": interaction.filesize_limit / MEGABYTE}
        raise LimitError(texts.TOO_LARGE, **sizes)
    file = discord.File(
        io.BytesIO(picture.content), f"{name}.{picture.extension}", description=clip(picture.alt, MAX_ALT)
    )
    await interaction.edit_original_response(content=_beside(picture, slogan) or None, attachments=[file])


def _beside(picture: Finished, slogan: Slogan | None) -> str:
    """What is said beside it: who made it, and what is not on it."""
    lines = [_maker(picture, slogan)] if slogan else []
    if picture.missing:
        lines.append(markdown(texts.MISSING, {"characters": clip(picture.missing, MAX_MISSING)}))
    if picture.cut:
        lines.append(str(texts.CUT))
    return clip("\n".join(lines), MAX_CONTENT)


def _maker(picture: Finished, slogan: Slogan) -> str:
    if picture.model is None:
        return str(texts.DRAWN)
    if picture.lettered:
        return markdown(texts.GENERATED, {"model": picture.model})
    return markdown(texts.UNLETTERED, {"slogan": beginning(slogan.text, MAX_SLOGAN), "model": picture.model})
