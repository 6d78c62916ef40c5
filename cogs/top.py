"""`/top`: the server's best jokes."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.jokes.top import Period, TopJokes
from bot.jokes.top_chart import sketch
from bot.texts import top as texts
from bot.texts.template import clip, escape, markdown
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.message import Rendered, answer
from cogs.ui.text import MAX_DESCRIPTION

PERIODS = [app_commands.Choice(name="this week", value="week"), app_commands.Choice(name="all time", value="ever")]
MAX_JOKE, MAX_SCENARIO = 500, 100


class TopCog(commands.Cog):
    """Shows what people laughed at."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._top = bot.app.top
        self._charts = bot.app.charts

    @app_commands.command()
    @app_commands.describe(period="This week's jokes (default), or all")
    @app_commands.choices(period=PERIODS)
    async def top(self, interaction: Interaction, period: app_commands.Choice[str] | None = None) -> None:
        """The jokes that this server laughed at most"""
        await interaction.response.defer()
        wanted: Period = "ever" if period is not None and period.value == "ever" else "week"
        found = await self._top.top(guild_id(interaction), wanted, lambda channel: is_open(interaction.guild, channel))
        chart = await self._charts.draw(sketch(texts.TITLES[wanted], found.jokes))
        await answer(interaction, Rendered(top_card(found), picture=chart))


def is_open(guild: discord.Guild | None, channel_id: int) -> bool:
    """Whether everybody in the server may read a channel, whatever their age. One that is not known counts as closed."""
    channel: Any = guild.get_channel_or_thread(channel_id) if guild else None
    if guild is None or channel is None or (isinstance(channel, discord.Thread) and channel.is_private()):
        return False
    if getattr(channel, "is_nsfw", bool)():
        return False
    return bool(channel.permissions_for(guild.default_role).view_channel)


def top_card(found: TopJokes) -> discord.Embed:
    """The same in words."""
    entries = [
        markdown(
            texts.ENTRY,
            {
                "place": place,
                "joke": clip(" ".join(joke.text.split()), MAX_JOKE),
                "scenario": clip(" ".join(joke.scenario.split()), MAX_SCENARIO),
                "funny": joke.funny,
                "flat": joke.flat,
            },
        )
        for place, joke in enumerate(found.jokes, 1)
    ]
    embed = discord.Embed(
        title=escape(texts.TITLES[found.period]), description=clip("\n".join(entries), MAX_DESCRIPTION)
    )
    return embed.set_footer(text=texts.FOOTER)


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(TopCog(bot))
