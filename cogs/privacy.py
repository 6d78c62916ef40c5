"""`/privacy`, `/export-me` and `/forget-me`, for every member; and servers that remove the bot."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.errors import DatabaseBusyError
from bot.serving import shard_of
from cogs.ui import privacy_cards
from cogs.ui.buttons import Interaction
from cogs.ui.message import reply
from cogs.ui.privacy_cards import ask, privacy_card, show_export

log = logging.getLogger(__name__)

AGAIN_SECONDS = 10.0


class PrivacyCog(commands.Cog):
    """Shows, exports and deletes members' data."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._bot = bot
        self._privacy = bot.app.privacy
        self._departures = bot.app.departures

    @app_commands.command()
    async def privacy(self, interaction: Interaction) -> None:
        """See what this bot stores about you, why, and how long"""
        await reply(interaction, privacy_card(self._privacy.overview()), ephemeral=True)

    @app_commands.command(name="export-me")
    async def export_me(self, interaction: Interaction) -> None:
        """Get a file with everything that this bot stores about you in this server"""
        await show_export(interaction)

    @app_commands.command(name="forget-me")
    @app_commands.describe(everywhere="In every server that has this bot, also those that you left (no)")
    async def forget_me(self, interaction: Interaction, everywhere: bool = False) -> None:
        """Delete what this bot stores about you in this server (asks first)"""
        await ask(interaction, everywhere=everywhere)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Find out which servers removed the bot while it did not run. Those with an outage are listed, too."""
        await _written(lambda: self._departures.compare({guild.id for guild in self._bot.guilds}))

    @commands.Cog.listener()
    async def on_shard_identified(self, shard: int) -> None:
        """The same for the servers of one shard, where another process may have the others."""
        here = {guild.id for guild in self._bot.guilds}
        shards = self._bot.shard_count or 1
        await _written(lambda: self._departures.compare(here, lambda guild_id: shard_of(guild_id, shards) == shard))

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The server removed the bot; Discord sends no such event for an outage."""
        await self._departures.left(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The server added the bot."""
        await self._departures.joined(guild.id)


async def _written(write: Callable[[], Awaitable[None]]) -> None:
    """Do it once the database answers: Discord tells of all servers only when it connects."""
    while True:
        try:
            return await write()
        except DatabaseBusyError as error:
            log.warning("The list of servers is compared later: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*privacy_cards.BUTTONS)
    await bot.add_cog(PrivacyCog(bot))
