"""`/dataset`: the training files of a server."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.datasets import Example
from bot.store.datasets import Dataset
from cogs.ui.admin import MANAGERS
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import matching
from cogs.ui.text import LIMIT_TITLE, clip, listing

LIMIT_SHOWN = 300  # of each text of an example: a phone shows three examples without much scrolling


@app_commands.default_permissions(MANAGERS)
class DatasetCog(commands.GroupCog, group_name="dataset", group_description="The training files of this server"):
    """Uploads and shows datasets."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._datasets = bot.app.datasets

    @app_commands.command()
    @app_commands.describe(file="JSON Lines, one example a line, at least ten", name="A name for it (the file's)")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def upload(
        self, interaction: Interaction, file: discord.Attachment, name: app_commands.Range[str, 1, 40] | None = None
    ) -> None:
        """Check a training file and keep it"""
        path = self._datasets.incoming(file.size)
        await interaction.response.defer()
        await file.save(path)
        dataset = await self._datasets.upload(guild_id(interaction), interaction.user.id, path, file.filename, name)
        await interaction.edit_original_response(embed=_stored(dataset))

    @app_commands.command(name="list")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def list_(self, interaction: Interaction) -> None:
        """List this server's datasets"""
        datasets = await self._datasets.list(guild_id(interaction))
        await interaction.response.send_message(embed=_list(datasets), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def show(self, interaction: Interaction, name: str) -> None:
        """Show a dataset's facts and first examples"""
        dataset = await self._datasets.get(guild_id(interaction), name)
        sample = await self._datasets.sample(dataset)
        await interaction.response.send_message(embed=_shown(dataset, sample), ephemeral=True)

    @show.autocomplete("name")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [dataset.name for dataset in await self._datasets.list(guild_id(interaction))])


def _facts(dataset: Dataset) -> str:
    return f"{dataset.examples:,} examples, about {dataset.tokens:,} tokens, {dataset.bytes / 1000:,.1f} kB"


def _stored(dataset: Dataset) -> discord.Embed:
    text = f"{_facts(dataset)}\nEvery line is well-formed. `/finetune launch` trains a model on it."
    return discord.Embed(title=f"Dataset “{dataset.name}” is kept", description=text)


def _list(datasets: tuple[Dataset, ...]) -> discord.Embed:
    if not datasets:
        return discord.Embed(
            title="No datasets yet", description="`/dataset upload` takes a JSONL file of at least ten examples."
        )
    lines = [f"**{dataset.name}**: {_facts(dataset)}" for dataset in datasets]
    return discord.Embed(title="Datasets", description=listing(lines))


def _shown(dataset: Dataset, sample: tuple[Example, ...]) -> discord.Embed:
    embed = discord.Embed(title=f"Dataset “{dataset.name}”", description=_facts(dataset), timestamp=dataset.created_at)
    for number, example in enumerate(sample, 1):
        embed.add_field(
            name=clip(f"Example {number}: {example.user}", LIMIT_TITLE),
            value=clip(example.assistant, LIMIT_SHOWN) or "–",
            inline=False,
        )
    if sample and sample[0].system:
        embed.add_field(name="System message", value=clip(sample[0].system, LIMIT_SHOWN), inline=False)
    return embed.set_footer(text=f"SHA-256 {dataset.sha256[:16]}…")


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(DatasetCog(bot))
