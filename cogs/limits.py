"""`/limits`: budgets, cooldowns, and where commands are offered."""

from typing import cast

import discord
from discord import app_commands

from bot.client import PunchlineBot
from bot.limits.access import COMMANDS
from bot.store.limits import Limits, Scope
from cogs.ui.admin import MANAGERS, ManagerCog
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.limits_card import limits_card

MAX_COOLDOWN_SECONDS, MAX_ANSWERS, MAX_DOLLARS = 86_400, 1_000_000, 100_000
NANODOLLARS = 10**9
Answers = app_commands.Range[int, 0, MAX_ANSWERS]
Dollars = app_commands.Range[float, 0, MAX_DOLLARS]
SCOPES = [
    app_commands.Choice(name="the whole server", value="server"),
    app_commands.Choice(name="each member", value="member"),
    app_commands.Choice(name="each member with a role", value="role"),
]
COMMAND_CHOICES = [app_commands.Choice(name=f"/{name}", value=name) for name in COMMANDS]


@app_commands.default_permissions(MANAGERS)
class LimitsCog(ManagerCog, group_name="limits", group_description="How much members may use, how often, and where"):
    """Sets limits. Every answer shows all of them."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._limits = bot.app.limits

    @app_commands.command()
    async def show(self, interaction: Interaction) -> None:
        """Show this server's limits"""
        await self._answer(interaction)

    @app_commands.command(name="set")
    @app_commands.describe(
        scope="Whose limits these are",
        role="The role, for “each member with a role”",
        cooldown="The least seconds between two requests of a member",
        daily_answers="The most answers in a day (UTC); 0 allows none",
        monthly_answers="The most answers in a calendar month",
        daily_dollars="The most dollars in a day",
        monthly_dollars="The most dollars in a calendar month",
    )
    @app_commands.choices(scope=SCOPES)
    async def set_(
        self,
        interaction: Interaction,
        scope: app_commands.Choice[str],
        role: discord.Role | None = None,
        cooldown: app_commands.Range[int, 0, MAX_COOLDOWN_SECONDS] | None = None,
        daily_answers: Answers | None = None,
        monthly_answers: Answers | None = None,
        daily_dollars: Dollars | None = None,
        monthly_dollars: Dollars | None = None,
    ) -> None:
        """Set limits; what you leave out stays as it is"""
        chosen = Limits(cooldown, daily_answers, monthly_answers, _nano(daily_dollars), _nano(monthly_dollars))
        await self._limits.set(guild_id(interaction), interaction.user.id, _scope(scope), _id(role), chosen)
        await self._answer(interaction)

    @app_commands.command()
    @app_commands.describe(scope="Whose limits to clear", role="The role, for “each member with a role”")
    @app_commands.choices(scope=SCOPES)
    async def clear(
        self, interaction: Interaction, scope: app_commands.Choice[str], role: discord.Role | None = None
    ) -> None:
        """Clear the limits of the server, of each member, or of a role"""
        await self._limits.clear(guild_id(interaction), interaction.user.id, _scope(scope), _id(role))
        await self._answer(interaction)

    @app_commands.command()
    @app_commands.describe(role="Members with it have no limits of their own", remove="Take that back")
    async def exempt(self, interaction: Interaction, role: discord.Role, remove: bool = False) -> None:
        """Free a role from each member's limits; those of the whole server still hold"""
        await self._limits.exempt(guild_id(interaction), interaction.user.id, role.id, exempt=not remove)
        await self._answer(interaction)

    @app_commands.command()
    @app_commands.describe(
        command="Which command", channel="A channel where it may be used", role="A role that may use it"
    )
    @app_commands.choices(command=COMMAND_CHOICES)
    async def allow(
        self,
        interaction: Interaction,
        command: app_commands.Choice[str],
        channel: discord.TextChannel | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Restrict a command to a channel or a role; used again, it adds another one"""
        place = {"channel_id": channel.id if channel else None, "role_id": _id(role)}
        await self._limits.permit(guild_id(interaction), interaction.user.id, command.value, **place)
        await self._answer(interaction)

    @app_commands.command(name="open")
    @app_commands.describe(command="Which command")
    @app_commands.choices(command=COMMAND_CHOICES)
    async def open_(self, interaction: Interaction, command: app_commands.Choice[str]) -> None:
        """Open a command to all channels and roles again"""
        await self._limits.open(guild_id(interaction), command.value)
        await self._answer(interaction)

    async def _answer(self, interaction: Interaction) -> None:
        overview = await self._limits.show(guild_id(interaction))
        await interaction.response.send_message(embed=limits_card(overview), ephemeral=True)


def _scope(choice: app_commands.Choice[str]) -> Scope:
    return cast("Scope", choice.value)


def _id(role: discord.Role | None) -> int | None:
    return role.id if role else None


def _nano(dollars: float | None) -> int | None:
    return None if dollars is None else round(dollars * NANODOLLARS)


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(LimitsCog(bot))
