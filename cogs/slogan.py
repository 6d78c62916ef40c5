"""`/slogan`: a slogan for a company."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.jokes import find
from bot.slogans import Slogans
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.text import LIMIT_DESCRIPTION, LIMIT_FOOTER, LIMIT_TITLE, clip


class SloganCog(commands.Cog):
    """Writes slogans."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._slogans = bot.app.slogans

    @app_commands.command()
    @app_commands.describe(
        description="What the company does, such as: A company that sells ice cream",
        count="How many slogans (1)",
        temperature="How daring: 0 is sober, 2 is wild (1)",
        style="A tone or form, such as: playful, or a haiku",
    )
    async def slogan(
        self,
        interaction: Interaction,
        description: app_commands.Range[str, 1, 500],
        count: app_commands.Range[int, 1, 5] = 1,
        temperature: app_commands.Range[float, 0, 2] = 1.0,
        style: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Write a slogan for a company"""
        await interaction.response.defer()
        slogans = await self._slogans.write(
            guild_id(interaction), interaction.user.id, description, count=count, temperature=temperature, style=style
        )
        await interaction.edit_original_response(embed=_card(slogans), view=_buttons(slogans))


class AgainButton(RowButton, template=r"slogan:(?P<row>\d+)"):
    """Asks the same once more."""

    name = "slogan"
    label = "Again"
    emoji = "🔁"
    style = discord.ButtonStyle.primary

    async def press(self, interaction: Interaction) -> None:
        app, guild = interaction.client.app, guild_id(interaction)
        asked = await find(app.generations, guild, self.row_id)
        await interaction.response.defer(thinking=True)
        slogans = await app.slogans.write(guild, interaction.user.id, **asked.request)
        await interaction.edit_original_response(embed=_card(slogans), view=_buttons(slogans))


def _card(slogans: Slogans) -> discord.Embed:
    room = LIMIT_DESCRIPTION // len(slogans.texts) - len("5. \n")  # so that an endless one hides no other
    lines = [clip(text, room) for text in slogans.texts]
    text = lines[0] if len(lines) == 1 else "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    embed = discord.Embed(title=clip(slogans.description, LIMIT_TITLE), description=text)
    return embed.set_footer(text=clip(f"Written by {slogans.model}", LIMIT_FOOTER))


def _buttons(slogans: Slogans) -> discord.ui.View:
    return row_of(AgainButton(slogans.id), DetailsButton(slogans.id))


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(AgainButton, DetailsButton)
    await bot.add_cog(SloganCog(bot))
