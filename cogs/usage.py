"""`/usage`: what the models were used for, and what that cost."""

import io

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot, request_of
from bot.metering.periods import PeriodName
from bot.metering.usage import UsageReport
from bot.metering.usage_chart import drawn, sketch
from bot.store.limits import Limits
from bot.store.usage import Spent
from bot.texts import limits as limit_texts
from bot.texts import usage as texts
from bot.texts.template import Text
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.limits_card import used_of
from cogs.ui.message import Rendered, answer
from cogs.ui.usage_card import exported, usage_card

PERIOD = "Which days, in UTC (the last 30)"
FILE = "usage.csv"


class UsageCog(commands.GroupCog, group_name="usage", group_description="What the models were used for, and its cost"):
    """Members see their own usage, managers that of their server. Only the one who asked sees an answer."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._usage = bot.app.usage
        self._charts = bot.app.charts
        self._allowance = bot.app.allowance

    @app_commands.command()
    @app_commands.describe(period=PERIOD)
    async def me(self, interaction: Interaction, period: PeriodName = "30 days") -> None:
        """What you used in this server"""
        await interaction.response.defer(ephemeral=True)
        report = await self._usage.of_member(guild_id(interaction), interaction.user.id, period)
        request = request_of(interaction)
        used = await self._allowance.used(guild_id(interaction), request.user_id, request.role_ids)
        await self._show(interaction, report, texts.MINE, texts.NOTHING_OF_YOU, used)

    @app_commands.command()
    @app_commands.describe(period=PERIOD)
    async def server(self, interaction: Interaction, period: PeriodName = "30 days") -> None:
        """What this server used, by command and member"""
        require_manager(interaction)
        await interaction.response.defer(ephemeral=True)
        report = await self._usage.of_server(guild_id(interaction), period)
        await self._show(interaction, report, texts.SERVERS, texts.NOTHING_HERE)

    @app_commands.command()
    @app_commands.describe(period=PERIOD)
    async def models(self, interaction: Interaction, period: PeriodName = "30 days") -> None:
        """What this server used, by model"""
        require_manager(interaction)
        await interaction.response.defer(ephemeral=True)
        report = await self._usage.by_model(guild_id(interaction), period)
        await self._show(interaction, report, texts.MODELS, texts.NOTHING_HERE)

    @app_commands.command()
    @app_commands.describe(period=PERIOD)
    async def export(self, interaction: Interaction, period: PeriodName = "30 days") -> None:
        """Get every request of this server as a table (CSV)"""
        require_manager(interaction)
        await interaction.response.defer(ephemeral=True)
        made = await self._usage.export(guild_id(interaction), period, interaction.filesize_limit)
        file = discord.File(io.BytesIO(made.content), FILE, description=str(texts.EXPORT_ALT))
        await interaction.edit_original_response(
            content=exported(made, period), attachments=[file] if made.rows else []
        )

    async def _show(
        self,
        interaction: Interaction,
        report: UsageReport,
        title: Text,
        nothing: Text,
        used: tuple[Limits, Spent] | None = None,
    ) -> None:
        bars = drawn(report)
        chart = await self._charts.draw(sketch(bars)) if bars else None
        card = usage_card(report, title, nothing, bars)
        if used:
            card.add_field(name=limit_texts.MINE, value=used_of(*used), inline=False)
        await answer(interaction, Rendered(card, picture=chart))


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(UsageCog(bot))
