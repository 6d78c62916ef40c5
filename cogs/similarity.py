"""`/similarity`: how alike texts are in meaning."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.similarity import Comparison
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.text import LIMIT_FOOTER, bar, clip


class SimilarityCog(commands.GroupCog, group_name="similarity", group_description="Compare texts by meaning"):
    """Compares texts."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._similarity = bot.app.similarity

    @app_commands.command()
    @app_commands.describe(first="A text, such as: I like apples", second="Another, such as: I like bananas")
    async def compare(
        self,
        interaction: Interaction,
        first: app_commands.Range[str, 1, 1000],
        second: app_commands.Range[str, 1, 1000],
    ) -> None:
        """Say how alike two texts are in meaning"""
        await interaction.response.defer()
        comparison = await self._similarity.compare(guild_id(interaction), interaction.user.id, first, second)
        await interaction.edit_original_response(embed=_card(comparison))


def _card(comparison: Comparison) -> discord.Embed:
    words = "the same text" if comparison.identical else comparison.meaning
    embed = discord.Embed(
        title=f"{round(comparison.cosine, 2) + 0:.2f} – {words}",  # + 0: never -0.00
        description=f"`{bar(comparison.cosine)}`\n1. {comparison.first}\n2. {comparison.second}",
    )
    return embed.set_footer(text=clip(f"Cosine similarity by {comparison.model}", LIMIT_FOOTER))


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(SimilarityCog(bot))
