"""`/similarity`: how alike texts are in meaning, and what can be done with that."""

from functools import partial

from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.similarity.maps import TextMap
from bot.similarity.pictures import sketch_grid, sketch_map
from bot.texts import similarity as texts
from bot.texts.template import markdown
from cogs.similarity.cards import comparison_card, files, grid_card, map_card, ranking_card, verdict_card
from cogs.similarity.menus import add_menus
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import matching
from cogs.ui.forms import LinesForm
from cogs.ui.found import LikeButton, ShowButton, show

Text = app_commands.Range[str, 1, 1000]


class SimilarityCog(commands.GroupCog, group_name="similarity", group_description="Compare texts by meaning"):
    """Compares, ranks, searches, maps and classifies texts."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._similarity = bot.app.similarity
        self._meaning = bot.app.meaning
        self._datasets = bot.app.datasets
        self._charts = bot.app.charts

    @app_commands.command()
    @app_commands.describe(first="A text, such as: I like apples", second="Another, such as: I like bananas")
    async def compare(self, interaction: Interaction, first: Text, second: Text) -> None:
        """Say how alike two texts are in meaning"""
        known = self._similarity.recall(guild_id(interaction), interaction.user.id, first, second)
        if known is not None:
            await interaction.response.send_message(embed=comparison_card(known))
            return
        await interaction.response.defer()
        comparison = await self._similarity.compare(guild_id(interaction), interaction.user.id, first, second)
        await interaction.edit_original_response(embed=comparison_card(comparison))

    @app_commands.command()
    @app_commands.describe(text="What the candidates are compared with; a form asks for them")
    async def rank(self, interaction: Interaction, text: Text) -> None:
        """Rank up to 20 candidates by how near they are to a text"""
        form = LinesForm(texts.RANK_FORM, texts.RANK_FORM_LINES, texts.RANK_FORM_HINT, partial(self._rank, text))
        await interaction.response.send_modal(form)

    async def _rank(self, text: str, interaction: Interaction, lines: str) -> None:
        await interaction.response.defer(thinking=True)
        ranking = await self._similarity.rank(guild_id(interaction), interaction.user.id, text, lines)
        await interaction.edit_original_response(embed=ranking_card(text, ranking))

    @app_commands.command()
    async def matrix(self, interaction: Interaction) -> None:
        """Compare up to 12 texts, each with each, in a picture"""
        form = LinesForm(texts.GRID_FORM, texts.GRID_FORM_LINES, texts.GRID_FORM_HINT, self._matrix)
        await interaction.response.send_modal(form)

    async def _matrix(self, interaction: Interaction, lines: str) -> None:
        await interaction.response.defer(thinking=True)
        grid = await self._similarity.grid(guild_id(interaction), interaction.user.id, lines)
        chart = await self._charts.draw(sketch_grid(grid))
        card = grid_card(grid, drawn=chart is not None)
        await interaction.edit_original_response(embed=card, attachments=files(chart))

    @app_commands.command()
    @app_commands.describe(query="What to look for among this server's jokes and slogans")
    async def search(self, interaction: Interaction, query: Text) -> None:
        """Find this server's jokes and slogans by meaning"""
        await interaction.response.defer()
        results = await self._meaning.search.search(guild_id(interaction), interaction.user.id, query)
        await show(interaction, query, results)

    @app_commands.command(name="map")
    @app_commands.describe(dataset="Instead of the jokes, a dataset's answers (needs Manage Server)")
    async def map_(self, interaction: Interaction, dataset: app_commands.Range[str, 1, 100] | None = None) -> None:
        """Draw this server's jokes and slogans as a map in clusters"""
        if dataset is not None:
            require_manager(interaction)
        await interaction.response.defer(ephemeral=dataset is not None)
        found = await self._mapped(interaction, dataset)
        chart = await self._charts.draw(sketch_map(found)) if found.worth_drawing else None
        title = markdown(texts.MAP_OF_DATASET, {"name": dataset}) if dataset else texts.MAP_OF_SAVED
        card = map_card(title, found, drawn=chart is not None)
        await interaction.edit_original_response(embed=card, attachments=files(chart))

    async def _mapped(self, interaction: Interaction, dataset: str | None) -> TextMap:
        maps, guild, member = self._meaning.maps, guild_id(interaction), interaction.user.id
        return await (maps.of_dataset(guild, member, dataset) if dataset else maps.of_kept(guild, member))

    @map_.autocomplete("dataset")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        if not interaction.permissions.manage_guild:
            return []
        return matching(current, [dataset.name for dataset in await self._datasets.list(guild_id(interaction))])

    @app_commands.command()
    @app_commands.describe(text="What to sort under one of this server's labels")
    async def classify(self, interaction: Interaction, text: Text) -> None:
        """Find the label that fits a text, or none"""
        await interaction.response.defer()
        verdict = await self._meaning.labels.classify(guild_id(interaction), interaction.user.id, text)
        await interaction.edit_original_response(embed=verdict_card(verdict))


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(ShowButton, LikeButton)
    add_menus(bot)
    await bot.add_cog(SimilarityCog(bot))
