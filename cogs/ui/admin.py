"""What all command groups for server managers share."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

# Only a default: a server can override it in its settings, so every handler checks again.
MANAGERS = discord.Permissions(manage_guild=True)


def require_manager(interaction: discord.Interaction[Any]) -> None:
    """Raises `MissingPermissions` unless the member has Manage Server."""
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])


class ManagerCog(commands.GroupCog):
    """A command group whose every command needs Manage Server. Buttons set `managers_only`, forms call `require_manager`."""

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Raises `MissingPermissions`."""
        require_manager(interaction)
        return True
