"""`/models`: which models this server has, which one tells its jokes, and how they compare."""

from discord import app_commands

from bot.client import PunchlineBot
from bot.registry.service import LONGEST_NAME, Rollback
from cogs.ui.admin import MANAGERS, ManagerCog
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.models import called, lineup_card, model_choices, model_list

Choices = list[app_commands.Choice[str]]


@app_commands.default_permissions(MANAGERS)
class ModelsCog(ManagerCog, group_name="models", group_description="The models of this server"):
    """Shows, switches, names and compares models."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._registry = bot.app.registry
        self._catalogue = bot.app.catalogue
        self._lineup = bot.app.lineup

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's models"""
        await interaction.response.defer(ephemeral=True)
        guild = guild_id(interaction)
        shelf, switches = await self._registry.shelf(guild), await self._registry.switches(guild)
        await interaction.edit_original_response(embed=model_list(shelf, switches, await self._catalogue.chat_model()))

    @app_commands.command()
    @app_commands.describe(model="One of this server's models, by id or name, or base; a retired one comes back")
    async def use(self, interaction: Interaction, model: str) -> None:
        """Choose the model that tells this server's jokes"""
        guild = guild_id(interaction)
        retired = {model.id for model in (await self._registry.shelf(guild)).retired}
        used = await self._registry.use(guild, interaction.user.id, model)
        back = " It is no longer retired." if used and used.id in retired else ""
        await interaction.response.send_message(f"Jokes are now told by {called(used)}.{back}")

    @app_commands.command()
    async def rollback(self, interaction: Interaction) -> None:
        """Go back to the model that told the jokes before"""
        done = await self._registry.roll_back(guild_id(interaction), interaction.user.id)
        await interaction.response.send_message(_rolled_back(done))

    @app_commands.command()
    @app_commands.describe(model="One of this server's models", name="What this server calls it from now on")
    async def rename(
        self, interaction: Interaction, model: str, name: app_commands.Range[str, 1, LONGEST_NAME]
    ) -> None:
        """Give a model a name of your own"""
        renamed = await self._registry.rename(guild_id(interaction), model, name)
        await interaction.response.send_message(f"`{renamed.model}` is now called {called(renamed)}.", ephemeral=True)

    @app_commands.command()
    @app_commands.describe(model="A model that is not in use; it leaves the lists, and /models use brings it back")
    async def retire(self, interaction: Interaction, model: str) -> None:
        """Put a model away"""
        retired = await self._registry.retire(guild_id(interaction), model)
        await interaction.response.send_message(
            f"{called(retired)} is retired. `/models use` brings it back.", ephemeral=True
        )

    @app_commands.command()
    @app_commands.describe(
        scenario="What the joke is about, such as: A man walking across the road",
        model1="One of this server's models, or base",
        model2="Another one",
        model3="A third",
        model4="A fourth",
    )
    async def compare(
        self,
        interaction: Interaction,
        scenario: app_commands.Range[str, 1, 300],
        model1: str,
        model2: str | None = None,
        model3: str | None = None,
        model4: str | None = None,
    ) -> None:
        """Let up to four models joke about one scenario, side by side"""
        await interaction.response.defer()
        wanted = [model for model in (model1, model2, model3, model4) if model]
        answers = await self._lineup.compare(guild_id(interaction), interaction.user.id, scenario, wanted)
        await interaction.edit_original_response(embed=lineup_card(scenario, answers))

    @use.autocomplete("model")
    async def _usable(self, interaction: Interaction, current: str) -> Choices:
        shelf = await self._registry.shelf(guild_id(interaction))
        return model_choices(current, shelf.models, retired=shelf.retired)

    @rename.autocomplete("model")
    async def _own(self, interaction: Interaction, current: str) -> Choices:
        shelf = await self._registry.shelf(guild_id(interaction))
        return model_choices(current, shelf.models, base=False)

    @retire.autocomplete("model")
    async def _idle(self, interaction: Interaction, current: str) -> Choices:
        shelf = await self._registry.shelf(guild_id(interaction))
        active = shelf.active.id if shelf.active else None
        return model_choices(current, (model for model in shelf.models if model.id != active), base=False)

    @compare.autocomplete("model1")
    @compare.autocomplete("model2")
    @compare.autocomplete("model3")
    @compare.autocomplete("model4")
    async def _comparable(self, interaction: Interaction, current: str) -> Choices:
        shelf = await self._registry.shelf(guild_id(interaction))
        return model_choices(current, shelf.models)


def _rolled_back(done: Rollback) -> str:
    gone = done.left is not None and done.left.lost_at is not None
    again = "" if gone else f" `/models rollback` again returns to {called(done.left)}."
    return f"Back from {called(done.left)} to {called(done.model)}.{again}"


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(ModelsCog(bot))
