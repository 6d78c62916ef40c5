"""`/ask`: a question, answered with the bot's own abilities."""

from discord import app_commands
from discord.ext import commands

from bot.ask.tools import Asker
from bot.client import PunchlineBot
from cogs.ui.ask_card import BUTTONS, ask_card
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.message import answer


class AskCog(commands.Cog):
    """Answers questions."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._ask = bot.app.ask

    @app_commands.command()
    @app_commands.describe(
        question="Such as: Tell me a joke about a cat, and how alike are cats and dogs?",
        private="Only you see the answer; server managers can then ask about fine-tuning jobs, too",
    )
    async def ask(
        self, interaction: Interaction, question: app_commands.Range[str, 1, 300], private: bool = False
    ) -> None:
        """Ask in your own words; the model uses the bot's jokes, slogans, comparisons and search"""
        await interaction.response.defer(ephemeral=private)
        manager = interaction.permissions.manage_guild
        asker = Asker(guild_id(interaction), interaction.user.id, interaction.channel_id, private, manager)
        await answer(interaction, ask_card(await self._ask.ask(asker, question)))


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(AskCog(bot))
