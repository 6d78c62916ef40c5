"""What all admin command groups share."""

import discord
from discord import app_commands

from cogs.ui.buttons import Interaction

# A default that servers may override in their settings, which is why handlers ask again.
MANAGERS = discord.Permissions(manage_guild=True)


def require_manager(interaction: Interaction) -> None:
    """Raises `MissingPermissions` unless the member may manage the server."""
    if not interaction.permissions.manage_guild:
        raise app_commands.MissingPermissions(["manage_guild"])
