"""`/finetune launch`: a quote, and the button that takes it."""

from contextlib import suppress

import discord
from discord import app_commands

from cogs.finetune.group import FineTuneCommands
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.choices import matching
from cogs.ui.offer_card import offer_card

Suffix = app_commands.Range[str, 1, 40]


class LaunchCommands(FineTuneCommands):
    """Quotes; launching is the button's."""

    @app_commands.command()
    @app_commands.describe(
        dataset="What to train on",
        base_model="What to start from (the usual one)",
        epochs="How often to go through the dataset (the server's choice)",
        suffix="A word in the new model's name",
    )
    async def launch(
        self,
        interaction: Interaction,
        dataset: str,
        base_model: app_commands.Range[str, 1, 100] | None = None,
        epochs: app_commands.Range[int, 1, 50] | None = None,
        suffix: Suffix | None = None,
    ) -> None:
        """Quote a fine-tuning job; a button launches it"""
        await interaction.response.defer()
        offer = await self._finetunes.quote(
            guild_id(interaction),
            interaction.channel_id or 0,
            interaction.user.id,
            dataset,
            base_model=base_model,
            epochs=epochs,
            suffix=suffix,
        )
        buttons = row_of(LaunchButton(offer.quote.id), DeclineButton(offer.quote.id))
        await interaction.edit_original_response(embed=offer_card(offer), view=buttons)

    @launch.autocomplete("dataset")
    async def _datasets(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [dataset.name for dataset in await self._bot.app.datasets.list(guild_id(interaction))])

    @launch.autocomplete("base_model")
    async def _bases(self, _interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, await self._bot.app.catalogue.base_models())


class LaunchButton(RowButton, template=r"launch:(?P<row>\d+)"):
    """Takes a quote: from here on the tracker edits the message."""

    name = "launch"
    label = "Launch"
    emoji = "🚀"
    style = discord.ButtonStyle.success

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        await interaction.response.defer()
        message_id = interaction.message.id if interaction.message else None
        await interaction.client.app.finetunes.launch(
            guild_id(interaction), interaction.user.id, self.row_id, message_id
        )
        with suppress(discord.HTTPException):  # the tracker takes them away too, but it may be busy with an upload
            await interaction.edit_original_response(view=None)


class DeclineButton(RowButton, template=r"decline:(?P<row>\d+)"):
    """Leaves a quote."""

    name = "decline"
    label = "Cancel"

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        await interaction.response.edit_message(content="Nothing was launched.", embed=None, view=None)
