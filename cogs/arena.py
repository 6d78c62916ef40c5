"""`/arena`: blind votes between the server's models, and what follows from them."""

from discord import app_commands
from discord.ext import commands

from bot.arena.promotion import Promotion, name_of
from bot.client import PunchlineBot
from bot.registry.service import BASE
from bot.store.arena import Arena
from bot.texts import arena as texts
from bot.texts.template import markdown, plain
from cogs.ui.admin import require_manager
from cogs.ui.arena_cards import BUTTONS, counted_votes, ranking_card, ranking_sketch, round_card
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import MAX_CHOICES, KindName, chosen_kind, matching
from cogs.ui.message import Rendered, answer
from cogs.ui.models import model_choices

Choices = list[app_commands.Choice[str]]
KIND = "Jokes or slogans (jokes)"
KIND_OF_BASE = "For base and prompts: jokes or slogans (jokes)"


class ArenaCog(commands.GroupCog, group_name="arena", group_description="Blind votes between this server's models"):
    """Members play and look; managers open, close, choose contestants and promote."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._arena = bot.app.arena
        self._ranking = bot.app.arena_ranking
        self._registry = bot.app.registry
        self._prompts = bot.app.prompts
        self._charts = bot.app.charts

    @app_commands.command()
    @app_commands.describe(scenario="What to write about: a scenario, or a company for slogans (any)", kind=KIND)
    async def play(
        self,
        interaction: Interaction,
        scenario: app_commands.Range[str, 1, 300] | None = None,
        kind: KindName = "joke",
    ) -> None:
        """Two jokes or slogans by two models, unnamed: vote for the better one"""
        await interaction.response.defer()
        guild = guild_id(interaction)
        opened = await self._arena.play(guild, interaction.user.id, scenario, kind)
        await answer(interaction, round_card(await self._arena.see(guild, opened.id)))
        message = await interaction.original_response()
        await self._arena.shown(guild, opened.id, message.channel.id, message.id)

    @app_commands.command()
    @app_commands.describe(kind=KIND)
    async def ranking(self, interaction: Interaction, kind: KindName = "joke") -> None:
        """Which model wins most, and how sure that is"""
        await interaction.response.defer()
        table = await self._ranking.table(guild_id(interaction), kind)
        chart = await self._charts.draw(ranking_sketch(table))
        await answer(interaction, Rendered(ranking_card(table), picture=chart))

    @app_commands.command()
    @app_commands.describe(votes="How many votes close a round (5)", minutes="How long a round is open at most (60)")
    async def start(
        self,
        interaction: Interaction,
        votes: app_commands.Range[int, 1, 100] = 5,
        minutes: app_commands.Range[int, 1, 10_080] = 60,
    ) -> None:
        """Open the arena; all models of this server take part, and the base model"""
        require_manager(interaction)
        contestants = await self._arena.start(guild_id(interaction), interaction.user.id, Arena(votes, minutes))
        count = len(contestants)
        values = {
            "contestants": texts.CONTESTANTS.of(count),
            "votes": counted_votes(votes),
            "minutes": texts.MINUTES.of(minutes),
        }
        await interaction.response.send_message(plain(texts.STARTED, values))

    @app_commands.command()
    async def stop(self, interaction: Interaction) -> None:
        """Close the arena"""
        require_manager(interaction)
        await self._arena.stop(guild_id(interaction))
        await interaction.response.send_message(texts.STOPPED)

    @app_commands.command()
    @app_commands.describe(model="One of this server's models, one of its prompts, or base", kind=KIND_OF_BASE)
    async def add(self, interaction: Interaction, model: str, kind: KindName = "joke") -> None:
        """Let a model, or the base model with a prompt, take part"""
        require_manager(interaction)
        added = await self._arena.add(guild_id(interaction), interaction.user.id, model, kind)
        await interaction.response.send_message(markdown(texts.ADDED, {"name": name_of(added)}))

    @app_commands.command()
    @app_commands.describe(model="One of the contestants", kind=KIND_OF_BASE)
    async def remove(self, interaction: Interaction, model: str, kind: KindName = "joke") -> None:
        """Remove a contestant; its votes stay"""
        require_manager(interaction)
        removed = await self._arena.remove(guild_id(interaction), model, kind)
        await interaction.response.send_message(markdown(texts.REMOVED, {"name": name_of(removed)}))

    @app_commands.command()
    @app_commands.describe(kind=KIND)
    async def promote(self, interaction: Interaction, kind: KindName = "joke") -> None:
        """Make the winner write this server's jokes or slogans, if it is surely better"""
        require_manager(interaction)
        done = await self._ranking.promote(guild_id(interaction), interaction.user.id, kind)
        await interaction.response.send_message(_promoted(done))

    @add.autocomplete("model")
    async def _writers(self, interaction: Interaction, current: str) -> Choices:
        guild, kind = guild_id(interaction), chosen_kind(interaction)
        models = (await self._registry.models(guild)).models
        prompts = [one.label for one in (await self._prompts.list(guild)).prompts if one.kind == kind]
        return [*model_choices(current, models), *matching(current, prompts)][:MAX_CHOICES]

    @remove.autocomplete("model")
    async def _contestants(self, interaction: Interaction, current: str) -> Choices:
        taking_part = await self._arena.contestants(guild_id(interaction))
        return matching(current, dict.fromkeys(one.name or one.model or one.prompt or BASE for one in taking_part))


def _promoted(done: Promotion) -> str:
    """The sentence, which ends with the command that undoes it."""
    winner = done.winner
    undo = texts.UNDO_MODEL[winner.kind] if winner.model_id or done.over_model else texts.UNDO_PROMPT
    values = {"name": name_of(winner), "evidence": done.evidence, "writes": texts.WRITES[winner.kind], "undo": undo}
    return markdown(texts.PROMOTED_PROMPT if winner.prompt_id else texts.PROMOTED, values)


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(ArenaCog(bot))
