"""`/prompt`: add, list, switch and compare the base model's prompts."""

from functools import partial

from discord import app_commands

from bot.characters import MAX_NAME_CODE_POINTS
from bot.client import PunchlineBot
from bot.texts import prompts as texts
from bot.texts.template import clip
from bot.writing.prompts import SHIPPED, PromptText
from cogs.ui.admin import MANAGERS, ManagerCog, require_manager
from cogs.ui.buttons import Interaction, guild_id, row_of
from cogs.ui.choices import KindName, chosen_kind, matching
from cogs.ui.message import reply
from cogs.ui.models import comparison_card
from cogs.ui.prompt_cards import BUTTONS, UsePromptButton, list_card, saved_card, use_prompt
from cogs.ui.prompt_form import PromptForm

Name = app_commands.Range[str, 1, MAX_NAME_CODE_POINTS]
MAX_BUTTON_LENGTH = 80
JOKE: KindName = "joke"


@app_commands.default_permissions(MANAGERS)
class PromptCog(ManagerCog, group_name="prompt", group_description="What the base model is told before it writes"):
    """Adds, lists, switches and compares prompts."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._prompts = bot.app.prompts
        self._comparison = bot.app.comparison

    @app_commands.command()
    @app_commands.describe(
        kind="Jokes or slogans", name="A name; if it exists, this adds its next version. A form asks for the rest"
    )
    async def add(self, interaction: Interaction, kind: KindName, name: Name) -> None:
        """Add a version of a prompt: a system message, examples, a second step"""
        chosen = self._prompts.checked_name(name)
        latest = await self._prompts.named(guild_id(interaction), kind, chosen)
        await interaction.response.send_modal(PromptForm(chosen, kind, latest, partial(self._add, kind, chosen)))

    async def _add(self, kind: KindName, name: str, interaction: Interaction, text: PromptText) -> None:
        require_manager(interaction)
        prompt = await self._prompts.add(guild_id(interaction), interaction.user.id, kind, name, text)
        await reply(interaction, saved_card(prompt), ephemeral=True)

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """List this server's prompts and show which are in use"""
        found = await self._prompts.list(guild_id(interaction))
        await interaction.response.send_message(embed=list_card(found), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(
        prompt="A version, such as dry v2; a name alone means its newest version, shipped the built-in prompt",
        kind="Jokes or slogans (jokes)",
    )
    async def use(self, interaction: Interaction, prompt: str, kind: KindName = JOKE) -> None:
        """Choose the prompt that the base model uses"""
        chosen = await self._prompts.choose(guild_id(interaction), kind, prompt)
        await use_prompt(interaction, kind, chosen)

    @app_commands.command()
    @app_commands.describe(
        scenario="What to write about: a scenario, or a company for slogans",
        a="A version, or shipped",
        b="Another one",
        c="A third",
        kind="Jokes or slogans (jokes)",
    )
    async def compare(
        self,
        interaction: Interaction,
        scenario: app_commands.Range[str, 1, 300],
        a: str,
        b: str,
        c: str | None = None,
        kind: KindName = JOKE,
    ) -> None:
        """Compare the base model's answers with two or three prompts"""
        await interaction.response.defer()
        guild, wanted = guild_id(interaction), [name for name in (a, b, c) if name]
        compared = await self._comparison.compare_prompts(guild, interaction.user.id, kind, scenario, wanted)
        in_use = await self._prompts.in_use(guild, kind)
        usable = [one.prompt for one in compared if one.prompt and one.prompt != in_use]
        buttons = [
            UsePromptButton(one.id, label=clip(texts.USE_NAMED.format(label=one.label), MAX_BUTTON_LENGTH))
            for one in usable
        ]
        await interaction.edit_original_response(embed=comparison_card(scenario, compared), view=row_of(*buttons))

    @add.autocomplete("name")
    async def _names(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = await self._prompts.list(guild_id(interaction))
        kind = chosen_kind(interaction)
        return matching(current, dict.fromkeys(one.name for one in found.prompts if one.kind == kind))

    @use.autocomplete("prompt")
    @compare.autocomplete("a")
    @compare.autocomplete("b")
    @compare.autocomplete("c")
    async def _versions(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = await self._prompts.list(guild_id(interaction))
        kind = chosen_kind(interaction)
        return matching(current, [SHIPPED, *(one.label for one in found.prompts if one.kind == kind)])


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(PromptCog(bot))
