"""Recordings in place of a text option: how they are taken in, how an answer shows what was heard, and how that is corrected."""

import discord

from bot.client import TRANSPORT_ERRORS
from bot.errors import ConflictError, InvalidInputError, NotFoundError
from bot.store.generations import Generation
from bot.texts import voice as texts
from bot.texts.template import Text, clip
from bot.voice.service import Heard
from cogs.ui.buttons import Interaction, RowButton, guild_id
from cogs.ui.forms import CorrectionForm, Submit
from cogs.ui.message import Rendered, answer
from cogs.ui.text import MAX_DESCRIPTION, as_typed, typed

MAX_QUOTE = 1000
QUOTE = "> "


def require_one(text: str | None, recording: discord.Attachment | None, neither: Text) -> None:
    """Raises `InvalidInputError` unless one of both is given."""
    if text is not None and recording is not None:
        raise InvalidInputError(texts.BOTH)
    if text is None and recording is None:
        raise InvalidInputError(neither)


async def hear(interaction: Interaction, recording: discord.Attachment, characters: int) -> Heard:
    """The words in an attachment. Raises what `VoiceService` raises."""
    voice, who = interaction.client.app.voice, (guild_id(interaction), interaction.user.id)
    async with voice.room_for(recording.size):
        try:
            content = await recording.read()
        except (discord.HTTPException, *TRANSPORT_ERRORS) as error:
            raise InvalidInputError(texts.GONE) from error
        return await voice.transcribe(*who, content, recording.duration, characters=characters)


def quoted(said_by: Text, text: str, told: str) -> discord.Embed:
    """What was heard, on the first line of an embed, and below it what was made of it, which may be markup."""
    quote = f"{QUOTE}{typed(text, MAX_QUOTE)}\n\n"
    embed = discord.Embed(description=quote + clip(told, MAX_DESCRIPTION - len(quote)))
    return embed.set_author(name=str(said_by))


def quote_in(message: discord.Message | None) -> str:
    """What `quoted` shows as heard. Raises `NotFoundError` where a moderator took it out."""
    description = message.embeds[0].description if message and message.embeds else None
    line = (description or "").partition("\n")[0]
    if not line.startswith(QUOTE):
        raise NotFoundError(texts.NOTHING_LEFT)
    return as_typed(line.removeprefix(QUOTE))


def is_correctable(message: discord.Message | None) -> bool:
    """Whether a message has a button to correct what was heard."""
    rows = message.components if message else []
    inner = [child for row in rows if isinstance(row, discord.ActionRow) for child in row.children]
    return any((getattr(child, "custom_id", None) or "").startswith("correct-") for child in inner)


class CorrectButton(RowButton, custom_id="correct"):
    """Lets the member who spoke correct what was heard, and then answers anew in the same message."""

    label, emoji = texts.CORRECT, "✏️"

    async def press(self, interaction: Interaction) -> None:
        asked = await interaction.client.app.generations.find(guild_id(interaction), self.row_id)
        if asked.user_id != interaction.user.id:
            raise ConflictError(texts.NOT_YOURS)

        async def submit(answered: Interaction, text: str) -> None:
            await answered.response.defer()
            await answer(answered, await self.anew(answered, asked, text))

        await self.open_form(interaction, asked, submit)

    async def open_form(self, interaction: Interaction, asked: Generation, submit: Submit) -> None:
        """Send the form with what was heard."""
        raise NotImplementedError

    async def anew(self, interaction: Interaction, asked: Generation, text: str) -> Rendered:
        """The answer to the corrected text."""
        raise NotImplementedError


async def send_form(interaction: Interaction, command: str, heard: str, characters: int, submit: Submit) -> None:
    """Ask for the corrected text, for what `command` starts."""
    await interaction.response.send_modal(CorrectionForm(command, heard, characters, submit))
