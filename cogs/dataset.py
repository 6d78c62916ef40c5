"""`/dataset`: the training files of a server."""

import io
import secrets

import discord
from discord import app_commands

from bot.client import PunchlineBot
from bot.datasets import token_chart
from bot.datasets.findings import FileCheck
from bot.datasets.rules import refuse_too_large
from bot.datasets.service import Incoming, Kept
from bot.errors import InvalidInputError
from cogs.ui.admin import MANAGERS, ManagerCog, require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.choices import matching
from cogs.ui.dataset_cards import HISTOGRAM, check_card, kept_card, list_card, sample_card, split_card
from cogs.ui.download import save
from cogs.ui.near_duplicates import point_out

LARGEST_SEED = 2**31 - 1
Name = app_commands.Range[str, 1, 40]
Share = app_commands.Range[int, 5, 50]
Seed = app_commands.Range[int, 0, LARGEST_SEED]


@app_commands.default_permissions(MANAGERS)
class DatasetCog(ManagerCog, group_name="dataset", group_description="The training files of this server"):
    """Takes datasets in, shows, checks and splits them, and hands them out again."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._datasets = bot.app.datasets
        self._charts = bot.app.charts

    @app_commands.command()
    @app_commands.describe(
        file="JSON Lines, one example a line, at least ten",
        name="A name for it (the file's)",
        file2="One more: all become one dataset, in which each example stands once",
        file3="One more",
        file4="One more",
        file5="One more",
    )
    async def upload(
        self,
        interaction: Interaction,
        file: discord.Attachment,
        name: Name | None = None,
        file2: discord.Attachment | None = None,
        file3: discord.Attachment | None = None,
        file4: discord.Attachment | None = None,
        file5: discord.Attachment | None = None,
    ) -> None:
        """Check training files and keep them as a dataset"""
        attached = [one for one in (file, file2, file3, file4, file5) if one is not None]
        refuse_too_large(sum(one.size for one in attached))
        await interaction.response.defer()
        kept = await self._receive(interaction, attached, name)
        card = kept_card(kept)
        await interaction.edit_original_response(embed=card)
        await point_out(interaction, kept.dataset, card)

    async def _receive(self, interaction: Interaction, attached: list[discord.Attachment], name: str | None) -> Kept:
        files = [Incoming(self._datasets.incoming(one.size), one.filename) for one in attached]
        try:
            for one, file in zip(attached, files, strict=True):
                await save(one, file.path)
            return await self._datasets.upload_all(guild_id(interaction), interaction.user.id, files, name)
        finally:
            await self._datasets.forget(files)

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's datasets"""
        datasets = await self._datasets.list(guild_id(interaction))
        await interaction.response.send_message(embed=list_card(datasets), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    async def show(self, interaction: Interaction, name: str) -> None:
        """Show a dataset's facts and first examples"""
        dataset = await self._datasets.get(guild_id(interaction), name)
        sample = await self._datasets.sample(dataset)
        await interaction.response.send_message(embed=sample_card(dataset, sample), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    async def check(self, interaction: Interaction, name: str) -> None:
        """Check a dataset: counts, warnings with their lines, and a picture of the tokens"""
        dataset = await self._datasets.get(guild_id(interaction), name)
        await interaction.response.defer(ephemeral=True)
        found = await self._datasets.check(dataset)
        embed, pictures = check_card(dataset, found), await self._histogram(found)
        if pictures:
            embed.set_image(url=f"attachment://{HISTOGRAM}")
        await interaction.edit_original_response(embed=embed, attachments=pictures)

    async def _histogram(self, found: FileCheck) -> list[discord.File]:
        chart = await self._charts.draw(token_chart.sketch(found.lengths)) if found.lengths else None
        return [discord.File(io.BytesIO(chart.png), HISTOGRAM, description=chart.alt)] if chart else []

    @app_commands.command()
    @app_commands.describe(
        name="Which dataset",
        share="How many percent of the examples to hold back for validation (10)",
        seed="Which choice of examples (another each time)",
    )
    async def split(self, interaction: Interaction, name: str, share: Share = 10, seed: Seed | None = None) -> None:
        """Make a dataset of which a part is held back for validation"""
        chosen = seed if seed is not None else secrets.randbelow(LARGEST_SEED)
        await interaction.response.defer()
        kept = await self._datasets.split(guild_id(interaction), interaction.user.id, name, share, chosen)
        await interaction.edit_original_response(embed=split_card(kept, name, chosen))

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    async def export(self, interaction: Interaction, name: str) -> None:
        """Get a dataset's files back"""
        dataset = await self._datasets.get(guild_id(interaction), name)
        paths = {f"{dataset.name}.jsonl": self._datasets.path(dataset)}
        held_back = self._datasets.validation_path(dataset)
        if held_back:
            paths[f"{dataset.name}.validation.jsonl"] = held_back
        await interaction.response.defer(ephemeral=True)
        if dataset.bytes > interaction.filesize_limit:
            raise InvalidInputError(
                f"“{dataset.name}” is {dataset.bytes / 1e6:.0f} MB, and Discord takes {interaction.filesize_limit / 1e6:.0f} MB here. "
                f"The bot's operator has it as {paths[f'{dataset.name}.jsonl'].name}, beside the database."
            )
        files = [discord.File(path, filename) for filename, path in paths.items()]
        await interaction.edit_original_response(attachments=files)

    @app_commands.command()
    @app_commands.describe(name="Which dataset")
    async def remove(self, interaction: Interaction, name: str) -> None:
        """Take a dataset away, after a question"""
        dataset = await self._datasets.get(guild_id(interaction), name)
        question = (
            f"Remove “{dataset.name}” with its {dataset.examples:,} examples? Models that were trained on it stay."
        )
        await interaction.response.send_message(question, view=row_of(RemoveButton(dataset.id)), ephemeral=True)

    @show.autocomplete("name")
    @check.autocomplete("name")
    @split.autocomplete("name")
    @export.autocomplete("name")
    @remove.autocomplete("name")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [dataset.name for dataset in await self._datasets.list(guild_id(interaction))])


class RemoveButton(RowButton, template=r"remove-dataset:(?P<row>\d+)"):
    """Takes a dataset away for good."""

    name = "remove-dataset"
    label = "Remove"
    emoji = "🗑️"
    style = discord.ButtonStyle.danger

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        await interaction.response.defer()
        dataset = await interaction.client.app.datasets.remove(guild_id(interaction), self.row_id)
        await interaction.edit_original_response(content=f"“{dataset.name}” is removed.", view=None)


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(RemoveButton)
    await bot.add_cog(DatasetCog(bot))
