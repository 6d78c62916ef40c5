"""`/dataset queue`: examples that members gave, waiting for an admin."""

from discord import app_commands
from discord.ext import commands

from cogs.ui.buttons import Interaction
from cogs.ui.contribution_queue import show_waiting


class QueueCommands(commands.Cog):
    """Shows what members gave."""

    @app_commands.command()
    async def queue(self, interaction: Interaction) -> None:
        """Review the examples that members gave: accept, edit or reject each"""
        await show_waiting(interaction, 0, new=True)
