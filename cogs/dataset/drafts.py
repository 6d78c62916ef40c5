"""`/dataset new`, `add`, `review`: datasets made by hand."""

from functools import partial

from discord import app_commands
from discord.ext import commands

from bot.characters import MAX_NAME_CODE_POINTS
from bot.client import PunchlineBot
from bot.texts import importing as texts
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import KindName, matching
from cogs.ui.draft_card import add_pair, draft_card
from cogs.ui.draft_review import show_next
from cogs.ui.forms import PairForm
from cogs.ui.message import reply

MAX_SYSTEM = 2000
DraftName = app_commands.Range[str, 1, MAX_NAME_CODE_POINTS]


class DraftCommands(commands.Cog):
    """Begins drafts, adds to them and goes through them."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._app = bot.app

    @app_commands.command()
    @app_commands.describe(
        name="A name for it",
        system="What each example tells the model to be (the usual instruction for jokes or slogans)",
        kind="What its examples are (jokes)",
    )
    async def new(
        self,
        interaction: Interaction,
        name: DraftName,
        system: app_commands.Range[str, 1, MAX_SYSTEM] | None = None,
        kind: KindName = "joke",
    ) -> None:
        """Begin a dataset of your own; add examples with buttons, then save it"""
        draft = await self._app.drafts.create(guild_id(interaction), interaction.user.id, name, system, kind)
        await reply(interaction, draft_card(draft), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(draft="Which draft; a form asks for the example")
    async def add(self, interaction: Interaction, draft: DraftName) -> None:
        """Add an example to a draft"""
        found = await self._app.drafts.get(guild_id(interaction), draft)
        await interaction.response.send_modal(PairForm(texts.ADD_TITLE, partial(add_pair, found.id), kind=found.kind))

    @app_commands.command()
    @app_commands.describe(draft="Which draft")
    async def review(self, interaction: Interaction, draft: DraftName) -> None:
        """Go through the examples of a draft: keep, change or drop each"""
        found = await self._app.drafts.get(guild_id(interaction), draft)
        await show_next(interaction, found.id, 0, new=True)

    @add.autocomplete("draft")
    @review.autocomplete("draft")
    async def _drafts_named(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [draft.name for draft in await self._app.drafts.list(guild_id(interaction))])
