"""What a member can do with a message that they pick. Its text is used for that answer alone: it is saved nowhere, and never trained on."""

import discord
from discord import app_commands

from bot.client import RESTRICTED_AS, PunchlineBot
from bot.texts import similarity as texts
from cogs.similarity.cards import picked_card
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.found import show
from cogs.ui.picked import text_of


async def compare_with_last(interaction: Interaction, message: discord.Message) -> None:
    """Compare a message with what the member last typed into one of the bot's commands."""
    app, guild = interaction.client.app, guild_id(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    picked = text_of(message, texts.NO_TEXT)
    last = await app.meaning.search.last_text(guild, interaction.user.id)
    found = await app.similarity.compare(guild, interaction.user.id, picked, last, keep=False, typed=False)
    await interaction.edit_original_response(embed=picked_card(found, message.jump_url))


async def find_similar(interaction: Interaction, message: discord.Message) -> None:
    """Find the kept jokes and slogans that are nearest to a message."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    search = interaction.client.app.meaning.search
    results = await search.search(
        guild_id(interaction), interaction.user.id, text_of(message, texts.NO_TEXT), keep=False
    )
    await show(interaction, texts.LIKE_MESSAGE, results)


def add_menus(bot: PunchlineBot) -> None:
    """Offer them."""
    for name, callback in (("Compare with my last text", compare_with_last), ("Find similar", find_similar)):
        bot.tree.add_command(
            app_commands.ContextMenu(name=name, callback=callback, extras={RESTRICTED_AS: "similarity"})
        )
