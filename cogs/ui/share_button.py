"""*Share card* under a joke."""

from bot.texts import buttons
from bot.texts.language import language_of_server, speaking
from cogs.ui.buttons import Interaction, RowButton, guild_id
from cogs.ui.pictures import post

FILE = "joke"


class ShareCardButton(RowButton, custom_id="share-card"):
    """Posts the joke as a picture, with its votes so far."""

    label, emoji, command = buttons.SHARE_CARD, "📤", "joke"

    async def press(self, interaction: Interaction) -> None:
        pictures, guild = interaction.client.app.pictures, guild_id(interaction)
        joke = await pictures.find_joke(guild, self.row_id)
        await interaction.response.defer(thinking=True)
        with speaking(language_of_server(guild)):
            await post(interaction, await pictures.share(guild, interaction.user.id, joke), FILE)


BUTTONS = (ShareCardButton,)
