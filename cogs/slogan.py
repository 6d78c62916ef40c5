"""`/slogan`: a slogan for a company, by the server's own model."""

from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.kinds import SLOGAN
from bot.slogans import SloganRequest
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.message import answer
from cogs.ui.models import model_choices
from cogs.ui.slogan_card import BUTTONS, slogan_card


class SloganCog(commands.Cog):
    """Writes slogans."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._slogans = bot.app.slogans
        self._registry = bot.app.registry

    @app_commands.command()
    @app_commands.describe(
        description="What the company does, such as: A company that sells ice cream",
        count="How many slogans (1)",
        temperature="How daring: 0 is sober, 2 is wild (what suits the model)",
        style="A tone or form, such as: playful, or a haiku",
        model="One of this server's models for slogans, instead of the active one",
    )
    async def slogan(
        self,
        interaction: Interaction,
        description: app_commands.Range[str, 1, 500],
        count: app_commands.Range[int, 1, 5] = 1,
        temperature: app_commands.Range[float, 0, 2] | None = None,
        style: app_commands.Range[str, 1, 100] | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Write a slogan for a company"""
        await interaction.response.defer()
        request = SloganRequest(description, count, temperature, style, model)
        guild, place = guild_id(interaction), interaction.channel_id
        slogans = await self._slogans.write(guild, interaction.user.id, request, channel_id=place)
        await answer(interaction, slogan_card(slogans))

    @slogan.autocomplete("model")
    async def _models(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        listed = (await self._registry.models(guild_id(interaction))).models
        return model_choices(current, (one for one in listed if one.lost_at is None and one.kind == SLOGAN.name))


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(SloganCog(bot))
