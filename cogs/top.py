"""`/top`: the server's best jokes."""

from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.jokes.top import Period
from bot.jokes.top_chart import sketch
from bot.texts import top as texts
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.message import Rendered, answer
from cogs.ui.top_card import is_open, top_card

PERIODS = [app_commands.Choice(name="this week", value="week"), app_commands.Choice(name="all time", value="ever")]


class TopCog(commands.Cog):
    """Shows what people laughed at."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._top = bot.app.top
        self._charts = bot.app.charts

    @app_commands.command()
    @app_commands.describe(period="This week's jokes (default), or all")
    @app_commands.choices(period=PERIODS)
    async def top(self, interaction: Interaction, period: app_commands.Choice[str] | None = None) -> None:
        """This server's funniest jokes"""
        await interaction.response.defer()
        wanted: Period = "ever" if period is not None and period.value == "ever" else "week"
        found = await self._top.top(guild_id(interaction), wanted, lambda channel: is_open(interaction.guild, channel))
        chart = await self._charts.draw(sketch(texts.TITLES[wanted], found.jokes))
        await answer(interaction, Rendered(top_card(found), picture=chart))


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(TopCog(bot))
