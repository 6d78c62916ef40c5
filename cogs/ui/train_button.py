"""The *Train on this* button under a dataset."""

import discord

from bot.texts import datasets as texts
from cogs.ui.buttons import Interaction, RowButton, guild_id
from cogs.ui.message import answer
from cogs.ui.offer_card import offer_card


class TrainButton(RowButton, custom_id="train"):
    """Quotes a fine-tuning job on a dataset, as `/finetune launch` does."""

    label, emoji, style, managers_only = texts.TRAIN, "🚂", discord.ButtonStyle.primary, True

    async def press(self, interaction: Interaction) -> None:
        app, guild = interaction.client.app, guild_id(interaction)
        dataset = await app.datasets.by_id(guild, self.row_id)
        await interaction.response.defer(thinking=True)
        offer = await app.finetunes.quote(guild, interaction.channel_id or 0, interaction.user.id, dataset.name)
        await answer(interaction, offer_card(offer))
