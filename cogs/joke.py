"""`/joke`: a joke by the server's own model, and votes on it."""

from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.kinds import JOKE
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.joke_card import BUTTONS, joke_card
from cogs.ui.message import answer
from cogs.ui.models import model_choices


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
        place = interaction.channel_id
        joke = await self._jokes.tell(guild_id(interaction), interaction.user.id, scenario, model, channel_id=place)
        await answer(interaction, joke_card(joke))

    @joke.autocomplete("model")
    async def _models(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        listed = (await self._registry.models(guild_id(interaction))).models
        return model_choices(current, (one for one in listed if one.lost_at is None and one.kind == JOKE.name))


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(JokeCog(bot))
