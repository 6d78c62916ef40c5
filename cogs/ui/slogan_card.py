"""How slogans look, and the buttons under them."""

import discord

from bot.slogans import Slogans
from bot.texts import jokes as texts
from bot.texts.template import clip, plain
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.message import Rendered, answer
from cogs.ui.text import MAX_DESCRIPTION, MAX_FOOTER, MAX_TITLE, typed


def slogan_card(slogans: Slogans) -> Rendered:
    """Slogans that were just written."""
    room = MAX_DESCRIPTION // len(slogans.texts) - len("5. \n")  # so that an endless one hides no other
    lines = [typed(text, room) for text in slogans.texts]
    text = lines[0] if len(lines) == 1 else "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    embed = discord.Embed(title=typed(slogans.description, MAX_TITLE), description=text)
    shown = list(filter(None, [_writer(slogans), "" if slogans.id is not None else texts.NOT_SAVED]))
    embed.set_footer(text=clip(". ".join(shown), MAX_FOOTER) or None)
    if slogans.id is None:
        return Rendered(embed)
    return Rendered(embed, view=row_of(AgainButton(slogans.id), DetailsButton(slogans.id)))


def _writer(slogans: Slogans) -> str:
    """Who wrote them, where that is worth a word: a large base that was asked as the recipe does is not."""
    if slogans.tuned:
        name = slogans.tuned.name
        return plain(texts.WRITTEN_BY_NAMED, {"name": name}) if name else texts.WRITTEN_BY_OWN
    if slogans.lost:
        return texts.WRITTEN_FOR_LOST
    return plain(texts.WRITTEN_BY_BASE, {"examples": slogans.examples}) if slogans.examples else ""


class AgainButton(RowButton, custom_id="slogan"):
    """Asks the same once more."""

    label, emoji, style = "Again", "🔁", discord.ButtonStyle.primary

    async def press(self, interaction: Interaction) -> None:
        app, guild = interaction.client.app, guild_id(interaction)
        await app.generations.find(guild, self.row_id)
        await interaction.response.defer(thinking=True)
        place = interaction.channel_id
        slogans = await app.slogans.again(guild, interaction.user.id, self.row_id, channel_id=place)
        await answer(interaction, slogan_card(slogans))


BUTTONS = (AgainButton, DetailsButton)
