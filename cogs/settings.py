"""`/settings`: what admins set for their server."""

from dataclasses import replace

import discord
from discord import app_commands

from bot.client import PunchlineBot
from bot.store.guild_settings import GuildSettings
from cogs.ui.admin import MANAGERS, ManagerCog
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.text import dollars

MOST_DOLLARS = 100_000


@app_commands.default_permissions(MANAGERS)
class SettingsCog(ManagerCog, group_name="settings", group_description="What admins set for this server"):
    """The monthly cap on training, and the channel for notices to admins."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._store = bot.app.guild_settings
        self._budget = bot.app.budget
        self._clock = bot.app.clock

    @app_commands.command()
    async def show(self, interaction: Interaction) -> None:
        """Show this server's settings"""
        guild = guild_id(interaction)
        settings, spending = await self._store.get(guild), await self._budget.spending(guild)
        await interaction.response.send_message(embed=_card(settings, spending.spent), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(amount="The most that training may cost in a month, in dollars (leave out: no cap)")
    async def cap(
        self, interaction: Interaction, amount: app_commands.Range[float, 0, MOST_DOLLARS] | None = None
    ) -> None:
        """Set or lift the monthly cap on training"""
        cap = None if amount is None else round(amount * 1_000_000)
        await self._change(interaction, monthly_cap_microdollars=cap)

    @app_commands.command()
    @app_commands.describe(channel="Where notices for admins go (leave out: where the newest job was launched)")
    async def channel(self, interaction: Interaction, channel: discord.TextChannel | None = None) -> None:
        """Choose the channel for notices to admins"""
        await self._change(interaction, admin_channel_id=channel.id if channel else None)
        interaction.client.app.notices.wake()

    async def _change(self, interaction: Interaction, **changes: int | None) -> None:
        guild = guild_id(interaction)
        settings = replace(await self._store.get(guild), **changes)
        await self._store.update(guild, settings, updated_by=interaction.user.id, now=self._clock())
        spent = (await self._budget.spending(guild)).spent
        await interaction.response.send_message(embed=_card(settings, spent), ephemeral=True)


def _card(settings: GuildSettings, spent: int) -> discord.Embed:
    cap, channel = settings.monthly_cap_microdollars, settings.admin_channel_id
    embed = discord.Embed(title="Settings of this server")
    embed.add_field(name="Monthly cap on training", value=dollars(cap) if cap is not None else "none")
    embed.add_field(name="Spent this month", value=dollars(spent))
    embed.add_field(name="Channel for admins", value=f"<#{channel}>" if channel else "none", inline=False)
    return embed


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(SettingsCog(bot))
