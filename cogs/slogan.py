"""`/slogan`: a slogan for a company."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.slogans import SloganRequest, Slogans
from bot.texts import jokes as texts
from bot.texts.template import plain
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.message import Rendered, answer
from cogs.ui.text import MAX_DESCRIPTION, MAX_TITLE, typed


class SloganCog(commands.Cog):
    """Writes slogans."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._slogans = bot.app.slogans

    @app_commands.command()
    @app_commands.describe(
        description="What the company does, such as: A company that sells ice cream",
        count="How many slogans (1)",
        temperature="How daring: 0 is sober, 2 is wild (what suits the model)",
        style="A tone or form, such as: playful, or a haiku",
    )
    async def slogan(
        self,
        interaction: Interaction,
        description: app_commands.Range[str, 1, 500],
        count: app_commands.Range[int, 1, 5] = 1,
        temperature: app_commands.Range[float, 0, 2] | None = None,
        style: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Write a slogan for a company"""
        await interaction.response.defer()
        request = SloganRequest(description, count, temperature, style)
        slogans = await self._slogans.write(guild_id(interaction), interaction.user.id, request)
        await answer(interaction, _card(slogans))


class AgainButton(RowButton, custom_id="slogan"):
    """Asks the same once more."""

    label, emoji, style = "Again", "🔁", discord.ButtonStyle.primary

    async def press(self, interaction: Interaction) -> None:
        app, guild = interaction.client.app, guild_id(interaction)
        await app.generations.find(guild, self.row_id)
        await interaction.response.defer(thinking=True)
        await answer(interaction, _card(await app.slogans.again(guild, interaction.user.id, self.row_id)))


def _card(slogans: Slogans) -> Rendered:
    room = MAX_DESCRIPTION // len(slogans.texts) - len("5. \n")  # so that an endless one hides no other
    lines = [typed(text, room) for text in slogans.texts]
    text = lines[0] if len(lines) == 1 else "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    embed = discord.Embed(title=typed(slogans.description, MAX_TITLE), description=text)
    shown = [plain(texts.WRITTEN_BY_BASE, {"examples": slogans.examples})] if slogans.examples else []
    embed.set_footer(text=". ".join(shown if slogans.id is not None else [*shown, texts.NOT_SAVED]) or None)
    if slogans.id is None:
        return Rendered(embed)
    return Rendered(embed, view=row_of(AgainButton(slogans.id), DetailsButton(slogans.id)))


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(AgainButton, DetailsButton)
    await bot.add_cog(SloganCog(bot))
