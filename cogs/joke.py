"""`/joke`: a joke by the server's own model, and votes on it."""

from typing import ClassVar

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.jokes import Joke, find
from bot.store.generations import Tally
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.found import LikeButton
from cogs.ui.models import model_choices
from cogs.ui.text import LIMIT_DESCRIPTION, LIMIT_FOOTER, LIMIT_TITLE, clip


class JokeCog(commands.Cog):
    """Tells jokes."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._jokes = bot.app.jokes
        self._registry = bot.app.registry

    @app_commands.command()
    @app_commands.describe(
        scenario="What the joke is about, such as: A man walking across the road",
        model="One of this server's models, instead of the active one",
    )
    async def joke(
        self,
        interaction: Interaction,
        scenario: app_commands.Range[str, 1, 300],
        model: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Tell a one-line joke about a scenario"""
        await interaction.response.defer()
        joke = await self._jokes.tell(guild_id(interaction), interaction.user.id, scenario, model)
        await interaction.edit_original_response(embed=_card(joke), view=_buttons(joke.id, Tally(0, 0)))

    @joke.autocomplete("model")
    async def _models(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        shelf = await self._registry.shelf(guild_id(interaction))
        return model_choices(current, (model for model in shelf.models if model.lost_at is None))


class AnotherButton(RowButton, template=r"joke:(?P<row>\d+)"):
    """Tells another joke on the same scenario."""

    name = "joke"
    label = "Another"
    emoji = "🎲"
    style = discord.ButtonStyle.primary

    async def press(self, interaction: Interaction) -> None:
        app, guild = interaction.client.app, guild_id(interaction)
        asked = await find(app.generations, guild, self.row_id)
        await interaction.response.defer(thinking=True)
        joke = await app.jokes.tell(guild, interaction.user.id, **asked.request)
        await interaction.edit_original_response(embed=_card(joke), view=_buttons(joke.id, Tally(0, 0)))


class VoteButton(RowButton, template=r"(?!)"):
    """A member's one vote on a joke; pressing the other button changes it."""

    funny: ClassVar[bool]

    async def press(self, interaction: Interaction) -> None:
        jokes = interaction.client.app.jokes
        changed, tally = await jokes.vote(guild_id(interaction), interaction.user.id, self.row_id, funny=self.funny)
        if not changed:
            await interaction.response.send_message(
                "You have voted so already. The other button changes your vote.", ephemeral=True
            )
            return
        await interaction.response.edit_message(view=_buttons(self.row_id, tally))


class FunnyButton(VoteButton, template=r"funny:(?P<row>\d+)"):
    """😂"""

    name = "funny"
    emoji = "😂"
    funny = True


class FlatButton(VoteButton, template=r"flat:(?P<row>\d+)"):
    """😐"""

    name = "flat"
    emoji = "😐"
    funny = False


def _card(joke: Joke) -> discord.Embed:
    embed = discord.Embed(title=clip(joke.scenario, LIMIT_TITLE), description=clip(joke.text, LIMIT_DESCRIPTION))
    return embed.set_footer(text=clip(_teller(joke), LIMIT_FOOTER))


def _teller(joke: Joke) -> str:
    if joke.fine_tuned:
        return f"Told by this server's own model {joke.model}"
    if joke.lost:
        return f"This server's own model {joke.lost} is gone. Told by {joke.model} with {joke.examples} examples in the prompt"
    return f"Told by {joke.model} with {joke.examples} examples in the prompt"


def _buttons(joke_id: int, tally: Tally) -> discord.ui.View:
    return row_of(
        FunnyButton(joke_id, str(tally.funny)),
        FlatButton(joke_id, str(tally.flat)),
        AnotherButton(joke_id),
        DetailsButton(joke_id),
        LikeButton(joke_id),
    )


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(AnotherButton, FunnyButton, FlatButton, DetailsButton)
    await bot.add_cog(JokeCog(bot))
