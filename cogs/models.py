"""`/models`: which models this server has, and which one tells its jokes."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.registry import BASE, Shelf
from cogs.ui.admin import MANAGERS
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import matching
from cogs.ui.text import listing

PRACTICE = "practice-1"
WHAT_PRACTICE_IS = (
    "practice-1 is the engine's practice model: a small neural network that learns by retrieval with slots. "
    "It shows the whole loop without a download; it is not a language model."
)


@app_commands.default_permissions(MANAGERS)
class ModelsCog(commands.GroupCog, group_name="models", group_description="The models of this server"):
    """Shows and switches models."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._registry = bot.app.registry
        self._catalogue = bot.app.catalogue

    @app_commands.command(name="list")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def list_(self, interaction: Interaction) -> None:
        """List this server's models"""
        await interaction.response.defer(ephemeral=True)
        shelf, base = await self._registry.shelf(guild_id(interaction)), await self._catalogue.chat_model()
        await interaction.edit_original_response(embed=_list(shelf, base))

    @app_commands.command()
    @app_commands.describe(model="One of this server's models, or base")
    @app_commands.checks.has_permissions(manage_guild=True)
    async def use(self, interaction: Interaction, model: str) -> None:
        """Choose the model that tells this server's jokes"""
        chosen = await self._registry.use(guild_id(interaction), interaction.user.id, model)
        name = f"`{chosen.model}`" if chosen else "the base model, with examples in the prompt"
        await interaction.response.send_message(f"Jokes are now told by {name}.")

    @use.autocomplete("model")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        shelf = await self._registry.shelf(guild_id(interaction))
        return matching(current, (model.model for model in shelf.models), last=[BASE])


def _list(shelf: Shelf, base: str) -> discord.Embed:
    lines = [
        f"{'▶️' if shelf.active and shelf.active.id == model.id else '▫️'} `{model.model}`, tuned from {model.base_model}"
        + (f" by job {model.job_id}" if model.job_id else "")
        for model in shelf.models
    ]
    mark = "▫️" if shelf.active else "▶️"
    first = f"{mark} `base`: {base} with examples in the prompt"
    embed = discord.Embed(title="Models", description=listing([first, *lines]))
    if PRACTICE in (base, *(model.base_model for model in shelf.models)):
        embed.add_field(name="About practice-1", value=WHAT_PRACTICE_IS, inline=False)
    return embed.set_footer(text="▶️ tells this server's jokes. /models use switches.")


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(ModelsCog(bot))
