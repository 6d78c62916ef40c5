"""`/dataset laughter`, `preferences`: datasets made from votes."""

from discord import app_commands
from discord.ext import commands

from bot.client import PunchlineBot
from bot.texts import importing as texts
from cogs.dataset.drafts import DraftName
from cogs.ui.buttons import Interaction, guild_id, row_of
from cogs.ui.choices import KindName
from cogs.ui.dataset_cards import preferences_card
from cogs.ui.draft_card import drafted_card
from cogs.ui.message import Rendered, answer, reply
from cogs.ui.train_button import TrainButton


class VoteCommands(commands.Cog):
    """Makes datasets from votes. The admin sets the rule, and the card shows it."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._app = bot.app

    @app_commands.command()
    @app_commands.describe(
        name="A name for it",
        votes="Least number of 😂 votes, or of 👍 votes for slogans (2)",
        percent="Least percentage of 😂 or 👍 among all votes on it (75)",
        kind="Jokes or slogans (jokes); chosen slogans count as liked",
    )
    async def laughter(
        self,
        interaction: Interaction,
        name: DraftName,
        votes: app_commands.Range[int, 1, 100] = 2,
        percent: app_commands.Range[int, 1, 100] = 75,
        kind: KindName = "joke",
    ) -> None:
        """Begin a dataset of the jokes that people laughed at, or of the slogans that they liked"""
        guild = guild_id(interaction)
        pairs = await self._app.generations.liked(guild, kind, funny=votes, percent=percent)
        members = texts.LIKED_BY.of(votes)
        words = texts.LIKED[kind].of(funny=members, percent=percent)
        drafted = await self._app.drafts.of_pairs(guild, interaction.user.id, name, kind, words, pairs)
        await reply(interaction, drafted_card(drafted), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(
        name="A name for it",
        votes="Least number of votes for the preferred answer (2)",
        percent="Least percentage of the round's votes for it (60)",
        kind="Rounds of jokes or of slogans (jokes)",
    )
    async def preferences(
        self,
        interaction: Interaction,
        name: DraftName,
        votes: app_commands.Range[int, 1, 100] = 2,
        percent: app_commands.Range[int, 51, 100] = 60,
        kind: KindName = "joke",
    ) -> None:
        """Make training data for DPO from the arena's votes"""
        await interaction.response.defer()
        guild, user = guild_id(interaction), interaction.user.id
        made = await self._app.preferences.save(guild, user, name, kind, votes=votes, percent=percent)
        card = preferences_card(made, votes, percent)
        await answer(interaction, Rendered(card, view=row_of(TrainButton(made.saved.dataset.id))))
