"""`/contribute` and `/contributions`: members give examples for training, and withdraw them."""

from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from cogs.ui import contribution_card
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.contribution_card import show_own, stored_card
from cogs.ui.contribution_form import ContributionForm, Filled
from cogs.ui.message import reply


class ContributeCog(commands.Cog):
    """Asks for consent with every example."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._contributions = bot.app.contributions

    @app_commands.command()
    async def contribute(self, interaction: Interaction) -> None:
        """Give an example for training this server's model; the form says what you agree to"""
        terms = await self._contributions.terms(guild_id(interaction))
        await interaction.response.send_modal(ContributionForm(terms, self._give))

    @app_commands.command()
    async def contributions(self, interaction: Interaction) -> None:
        """See the status of your training examples, or withdraw them"""
        await show_own(interaction, None, new=True)

    async def _give(self, interaction: Interaction, filled: Filled) -> None:
        given = await self._contributions.give(
            guild_id(interaction),
            interaction.user.id,
            filled.terms,
            filled.scenario,
            filled.punchline,
            agreed=filled.agreed,
        )
        await reply(interaction, stored_card(given), ephemeral=True)


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*contribution_card.BUTTONS)
    await bot.add_cog(ContributeCog(bot))
