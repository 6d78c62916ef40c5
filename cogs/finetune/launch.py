"""`/finetune launch`: a quote, and the button that takes it."""

from discord import app_commands

from cogs.finetune.group import FineTuneCommands
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import matching
from cogs.ui.offer_card import offer_buttons, offer_card

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
        await interaction.edit_original_response(embed=offer_card(offer), view=offer_buttons(offer))

    @launch.autocomplete("dataset")
    async def _datasets(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [dataset.name for dataset in await self._bot.app.datasets.list(guild_id(interaction))])

    @launch.autocomplete("base_model")
    async def _bases(self, _interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, await self._bot.app.catalogue.base_models())
