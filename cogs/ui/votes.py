"""The two vote buttons for a joke or for slogans."""

from typing import ClassVar

import discord

from bot.store.generations import Tally
from bot.texts import jokes as texts
from cogs.ui.buttons import Interaction, RowButton, guild_id

NO_VOTES = Tally(0, 0)


class VoteButton(RowButton, custom_id="vote"):
    """A member's one vote; pressing the other button changes it."""

    funny: ClassVar[bool]

    async def press(self, interaction: Interaction) -> None:
        generations = interaction.client.app.generations
        changed, tally = await generations.vote(
            guild_id(interaction), interaction.user.id, self.row_id, funny=self.funny
        )
        if changed:
            await interaction.response.edit_message(view=await self.buttons(interaction, tally))
        else:
            text = texts.ALREADY_VOTED.format(emoji=self.emoji)
            await interaction.response.send_message(text, ephemeral=True)

    async def buttons(self, interaction: Interaction, tally: Tally) -> discord.ui.View:
        """All buttons of the message, with the current votes."""
        raise NotImplementedError
