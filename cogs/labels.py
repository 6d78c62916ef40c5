"""`/labels`: what `/similarity classify` sorts texts under."""

from functools import partial

import discord
from discord import app_commands

from bot.client import PunchlineBot
from bot.store.labels import Label
from cogs.ui.admin import MANAGERS, ManagerCog, require_manager
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import matching
from cogs.ui.forms import LinesForm
from cogs.ui.text import clip, listing


@app_commands.default_permissions(MANAGERS)
class LabelsCog(ManagerCog, group_name="labels", group_description="What texts are sorted under"):
    """Adds, lists and removes labels."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._labels = bot.app.meaning.labels

    @app_commands.command()
    @app_commands.describe(name="The label; a form asks for its examples")
    async def add(self, interaction: Interaction, name: app_commands.Range[str, 1, 40]) -> None:
        """Add a label with a few examples"""
        form = LinesForm(
            f"Examples of {name}",
            "1 to 10 examples, one a line",
            "Texts that this label fits",
            partial(self._add, name),
        )
        await interaction.response.send_modal(form)

    async def _add(self, name: str, interaction: Interaction, lines: str) -> None:
        require_manager(interaction)
        label = await self._labels.add(guild_id(interaction), interaction.user.id, name, lines)
        text = f"{_count(label)}. `/similarity classify` uses it from now on."
        await interaction.response.send_message(
            embed=discord.Embed(title=f"Label “{label.name}” is kept", description=text), ephemeral=True
        )

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's labels"""
        labels = await self._labels.list(guild_id(interaction))
        lines = [f"**{label.name}**: {_count(label)}, such as “{clip(label.examples[0], 80)}”" for label in labels]
        text = listing(lines) if lines else "`/labels add` makes one."
        embed = discord.Embed(title="Labels" if labels else "No labels yet", description=text)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command()
    @app_commands.describe(name="Which label")
    async def remove(self, interaction: Interaction, name: str) -> None:
        """Remove a label"""
        label = await self._labels.remove(guild_id(interaction), name)
        await interaction.response.send_message(f"Label “{label.name}” is removed.", ephemeral=True)

    @remove.autocomplete("name")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [label.name for label in await self._labels.list(guild_id(interaction))])


def _count(label: Label) -> str:
    count = len(label.examples)
    return f"{count} example" + ("" if count == 1 else "s")


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(LabelsCog(bot))
