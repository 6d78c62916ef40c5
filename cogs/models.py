"""`/models`: which models this server has, which it uses for jokes and for slogans, and how they compare."""

from discord import app_commands

from bot.client import PunchlineBot
from bot.registry.service import MAX_NAME_LENGTH
from bot.texts import models as texts
from bot.texts.buttons import USE_MODEL
from bot.texts.template import clip
from cogs.ui.admin import MANAGERS, ManagerCog
from cogs.ui.buttons import Interaction, guild_id, row_of
from cogs.ui.choices import KindName
from cogs.ui.model_buttons import BUTTONS, UseModelButton, renamed, rolled_back, switched
from cogs.ui.models import called, comparison_card, model_choices, model_list

Choices = list[app_commands.Choice[str]]

MAX_BUTTON_LENGTH = 80


@app_commands.default_permissions(MANAGERS)
class ModelsCog(ManagerCog, group_name="models", group_description="The models of this server"):
    """Shows, switches, names and compares models."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._registry = bot.app.registry
        self._catalogue = bot.app.catalogue
        self._comparison = bot.app.comparison

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's models"""
        await interaction.response.defer(ephemeral=True)
        guild = guild_id(interaction)
        models, activations = await self._registry.models(guild), await self._registry.activations(guild)
        card = model_list(models, activations, await self._catalogue.chat_model())
        await interaction.edit_original_response(embed=card)

    @app_commands.command()
    @app_commands.describe(
        model="One of this server's models, by id or name, or base; an archived one comes back",
        kind="Only for base: jokes or slogans (jokes); your own models are used for what they were trained for",
    )
    async def use(self, interaction: Interaction, model: str, kind: KindName = "joke") -> None:
        """Choose the model that tells this server's jokes, or writes its slogans"""
        guild = guild_id(interaction)
        archived = {model.id for model in (await self._registry.models(guild)).archived}
        used = await self._registry.use(guild, interaction.user.id, model, kind)
        unarchived = used is not None and used.id in archived
        await interaction.response.send_message(switched(used, kind, unarchived=unarchived))

    @app_commands.command()
    @app_commands.describe(kind="Jokes or slogans (jokes)")
    async def rollback(self, interaction: Interaction, kind: KindName = "joke") -> None:
        """Switch back to the previous model for jokes or slogans"""
        done = await self._registry.roll_back(guild_id(interaction), interaction.user.id, kind)
        await interaction.response.send_message(rolled_back(done))

    @app_commands.command()
    @app_commands.describe(model="One of this server's models", name="What this server calls it from now on")
    async def rename(
        self, interaction: Interaction, model: str, name: app_commands.Range[str, 1, MAX_NAME_LENGTH]
    ) -> None:
        """Give a model a name of your own"""
        model_now = await self._registry.rename(guild_id(interaction), model, name)
        await interaction.response.send_message(renamed(model_now), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(model="A model that is not in use; it leaves the lists, and /models use brings it back")
    async def archive(self, interaction: Interaction, model: str) -> None:
        """Archive a model"""
        archived = await self._registry.archive(guild_id(interaction), model)
        await interaction.response.send_message(
            texts.ARCHIVED_NOW.format(model=called(archived, archived.kind)), ephemeral=True
        )

    @app_commands.command()
    @app_commands.describe(
        scenario="What the joke is about, such as: A man walking across the road; for slogans, the company",
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
        """Let up to four models answer one scenario or description, side by side"""
        await interaction.response.defer()
        guild = guild_id(interaction)
        wanted = [model for model in (model1, model2, model3, model4) if model]
        compared = await self._comparison.compare(guild, interaction.user.id, scenario, wanted)
        models = await self._registry.models(guild)
        usable = [one.tuned for one in compared if one.tuned and not models.uses(one.tuned.model)]
        buttons = [
            UseModelButton(model.id, label=clip(USE_MODEL.format(model=model.name or model.model), MAX_BUTTON_LENGTH))
            for model in usable
        ]
        await interaction.edit_original_response(embed=comparison_card(scenario, compared), view=row_of(*buttons))

    @use.autocomplete("model")
    async def _usable(self, interaction: Interaction, current: str) -> Choices:
        models = await self._registry.models(guild_id(interaction))
        return model_choices(current, models.models, archived=models.archived)

    @rename.autocomplete("model")
    async def _own(self, interaction: Interaction, current: str) -> Choices:
        return model_choices(current, (await self._registry.models(guild_id(interaction))).models, base=False)

    @archive.autocomplete("model")
    async def _idle(self, interaction: Interaction, current: str) -> Choices:
        models = await self._registry.models(guild_id(interaction))
        return model_choices(current, (one for one in models.models if not models.uses(one.model)), base=False)

    @compare.autocomplete("model1")
    @compare.autocomplete("model2")
    @compare.autocomplete("model3")
    @compare.autocomplete("model4")
    async def _comparable(self, interaction: Interaction, current: str) -> Choices:
        return model_choices(current, (await self._registry.models(guild_id(interaction))).models)


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(ModelsCog(bot))
