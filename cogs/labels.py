"""`/labels`: what `/similarity classify` sorts texts under."""

from functools import partial

import discord
from discord import app_commands

from bot.characters import MAX_NAME_CODE_POINTS
from bot.client import PunchlineBot
from bot.store.labels import Label
from bot.texts import similarity as texts
from bot.texts.template import clip, markdown, plain
from cogs.ui.admin import MANAGERS, ManagerCog, require_manager
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import matching
from cogs.ui.dataset_cards import counted
from cogs.ui.forms import LinesForm
from cogs.ui.text import listing

MAX_EXAMPLE = 80


@app_commands.default_permissions(MANAGERS)
class LabelsCog(ManagerCog, group_name="labels", group_description="What texts are sorted under"):
    """Adds, lists and deletes labels."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._labels = bot.app.meaning.labels

    @app_commands.command()
    @app_commands.describe(name="The label; a form asks for its examples")
    async def add(self, interaction: Interaction, name: app_commands.Range[str, 1, MAX_NAME_CODE_POINTS]) -> None:
        """Add a label with a few examples"""
        title = plain(texts.LABEL_FORM, {"name": self._labels.checked_name(name)})
        form = LinesForm(title, texts.LABEL_FORM_LINES, texts.LABEL_FORM_HINT, partial(self._add, name))
        await interaction.response.send_modal(form)

    async def _add(self, name: str, interaction: Interaction, lines: str) -> None:
        require_manager(interaction)
        label = await self._labels.add(guild_id(interaction), interaction.user.id, name, lines)
        text = plain(texts.LABEL_SAVED_TEXT, {"examples": counted(len(label.examples))})
        embed = discord.Embed(title=markdown(texts.LABEL_SAVED, {"name": label.name}), description=text)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's labels"""
        labels = await self._labels.list(guild_id(interaction))
        text = listing([_line(label) for label in labels]) if labels else texts.NO_LABELS_HINT
        embed = discord.Embed(title=texts.LABELS if labels else texts.NO_LABELS, description=text)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command()
    @app_commands.describe(name="Which label")
    async def remove(self, interaction: Interaction, name: str) -> None:
        """Delete a label"""
        label = await self._labels.remove(guild_id(interaction), name)
        await interaction.response.send_message(markdown(texts.LABEL_DELETED, {"name": label.name}), ephemeral=True)

    @remove.autocomplete("name")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [label.name for label in await self._labels.list(guild_id(interaction))])


def _line(label: Label) -> str:
    first = clip(label.examples[0], MAX_EXAMPLE)
    return markdown(texts.LABEL_LINE, {"name": label.name, "examples": counted(len(label.examples)), "first": first})


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(LabelsCog(bot))
