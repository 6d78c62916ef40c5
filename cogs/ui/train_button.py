"""The *Train on this* button under a dataset."""

import discord

from bot.texts import datasets as texts
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id
from cogs.ui.offer_card import offer_buttons, offer_card


class TrainButton(RowButton, template=r"train:(?P<row>\d+)"):
    """Quotes a fine-tuning job on a dataset, as `/finetune launch` does."""

    name = "train"
    label = texts.TRAIN
    emoji = "🚂"
    style = discord.ButtonStyle.primary

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        app, guild = interaction.client.app, guild_id(interaction)
        dataset = await app.datasets.by_id(guild, self.row_id)
        await interaction.response.defer(thinking=True)
        offer = await app.finetunes.quote(guild, interaction.channel_id or 0, interaction.user.id, dataset.name)
        await interaction.edit_original_response(embed=offer_card(offer), view=offer_buttons(offer))
