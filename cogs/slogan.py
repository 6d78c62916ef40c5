"""`/slogan`: a slogan for a company, by the server's own model."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.kinds import SLOGAN
from bot.slogans import SloganRequest
from bot.texts import voice as texts
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.message import answer
from cogs.ui.models import model_choices
from cogs.ui.slogan_card import BUTTONS, MAX_COMPANY, slogan_card
from cogs.ui.voice import hear, require_one


class SloganCog(commands.Cog):
    """Writes slogans."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._slogans = bot.app.slogans
        self._registry = bot.app.registry

    @app_commands.command()
    @app_commands.describe(
        description="What the company does, such as: A company that sells ice cream",
        voice="The same as a recording (Ogg, MP3, M4A, WAV or WebM, at most 5 minutes)",
        count="How many slogans (1)",
        temperature="How daring: 0 is sober, 2 is wild (what suits the model)",
        style="A tone or form, such as: playful, or a haiku",
        model="One of this server's models for slogans, instead of the active one",
    )
    async def slogan(
        self,
        interaction: Interaction,
        description: app_commands.Range[str, 1, MAX_COMPANY] | None = None,
        voice: discord.Attachment | None = None,
        count: app_commands.Range[int, 1, 5] = 1,
        temperature: app_commands.Range[float, 0, 2] | None = None,
        style: app_commands.Range[str, 1, 100] | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Write a slogan for a company"""
        require_one(description, voice, texts.NO_DESCRIPTION)
        await interaction.response.defer()
        heard = await hear(interaction, voice, MAX_COMPANY) if voice else None
        request = SloganRequest(heard.text if heard else description or "", count, temperature, style, model)
        guild, place = guild_id(interaction), interaction.channel_id
        slogans = await self._slogans.write(guild, interaction.user.id, request, channel_id=place)
        await answer(interaction, slogan_card(slogans, heard))

    @slogan.autocomplete("model")
    async def _models(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        listed = (await self._registry.models(guild_id(interaction))).models
        return model_choices(current, (one for one in listed if one.lost_at is None and one.kind == SLOGAN.name))


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(SloganCog(bot))
