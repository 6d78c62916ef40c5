"""`/arena`: blind votes between the server's models, and what follows from them."""

from discord import app_commands
from discord.ext import commands

from bot.arena.promotion import Promotion, name_of
from bot.client import PunchlineBot
from bot.kinds import JOKE
from bot.registry.service import BASE
from bot.store.arena import Arena
from bot.texts import arena as texts
from bot.texts.template import markdown, plain
from cogs.ui.admin import require_manager
from cogs.ui.arena_cards import BUTTONS, counted_votes, ranking_card, ranking_sketch, round_card
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import MAX_CHOICES, matching
from cogs.ui.message import Rendered, answer
from cogs.ui.models import model_choices

Choices = list[app_commands.Choice[str]]


class ArenaCog(commands.GroupCog, group_name="arena", group_description="Blind votes between this server's models"):
    """Members play and look; managers open, close, choose contestants and promote."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._arena = bot.app.arena
        self._ranking = bot.app.arena_ranking
        self._registry = bot.app.registry
        self._prompts = bot.app.prompts
        self._charts = bot.app.charts

    @app_commands.command()
    @app_commands.describe(scenario="What both joke about (any)")
    async def play(self, interaction: Interaction, scenario: app_commands.Range[str, 1, 300] | None = None) -> None:
        """Two jokes by two models, unnamed: vote for the funnier one"""
        await interaction.response.defer()
        guild = guild_id(interaction)
        opened = await self._arena.play(guild, interaction.user.id, scenario)
        await answer(interaction, round_card(await self._arena.see(guild, opened.id)))
        message = await interaction.original_response()
        await self._arena.shown(guild, opened.id, message.channel.id, message.id)

    @app_commands.command()
    async def ranking(self, interaction: Interaction) -> None:
        """Which model wins most, and how sure that is"""
        await interaction.response.defer()
        table = await self._ranking.table(guild_id(interaction))
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
        """Open the arena; all models of this server and the base take part at first"""
        require_manager(interaction)
        contestants = await self._arena.start(guild_id(interaction), interaction.user.id, Arena(votes, minutes))
        count = len(contestants)
        values = {
            "contestants": texts.ONE_CONTESTANT if count == 1 else plain(texts.CONTESTANTS, {"count": count}),
            "votes": counted_votes(votes),
            "minutes": plain(texts.MINUTES, {"count": minutes}),
        }
        await interaction.response.send_message(plain(texts.STARTED, values))

    @app_commands.command()
    async def stop(self, interaction: Interaction) -> None:
        """Close the arena"""
        require_manager(interaction)
        await self._arena.stop(guild_id(interaction))
        await interaction.response.send_message(texts.STOPPED)

    @app_commands.command()
    @app_commands.describe(model="One of this server's models, one of its prompts for jokes, or base")
    async def add(self, interaction: Interaction, model: str) -> None:
        """Let a model, or the base model with a prompt, take part"""
        require_manager(interaction)
        added = await self._arena.add(guild_id(interaction), interaction.user.id, model)
        await interaction.response.send_message(markdown(texts.ADDED, {"name": name_of(added)}))

    @app_commands.command()
    @app_commands.describe(model="One of the contestants")
    async def remove(self, interaction: Interaction, model: str) -> None:
        """Let a model take part no longer"""
        require_manager(interaction)
        removed = await self._arena.remove(guild_id(interaction), model)
        await interaction.response.send_message(markdown(texts.REMOVED, {"name": name_of(removed)}))

    @app_commands.command()
    async def promote(self, interaction: Interaction) -> None:
        """Let the winner tell this server's jokes, if it is surely better"""
        require_manager(interaction)
        done = await self._ranking.promote(guild_id(interaction), interaction.user.id)
        values = {"name": name_of(done.winner), "evidence": done.evidence}
        await interaction.response.send_message(markdown(_promoted(done), values))

    @add.autocomplete("model")
    async def _writers(self, interaction: Interaction, current: str) -> Choices:
        guild = guild_id(interaction)
        models = [one for one in (await self._registry.models(guild)).models if one.kind == JOKE.name]
        prompts = [one.label for one in (await self._prompts.list(guild)).prompts if one.kind == JOKE.name]
        return [*model_choices(current, models), *matching(current, prompts)][:MAX_CHOICES]

    @remove.autocomplete("model")
    async def _contestants(self, interaction: Interaction, current: str) -> Choices:
        taking_part = await self._arena.contestants(guild_id(interaction))
        return matching(current, [one.name or one.model or one.prompt or BASE for one in taking_part])


def _promoted(done: Promotion) -> str:
    """The sentence, which ends with the way back."""
    if done.winner.prompt_id:
        return texts.PROMOTED_OVER_MODEL if done.over_model else texts.PROMOTED_PROMPT
    return texts.PROMOTED if done.winner.model_id or done.over_model else texts.PROMOTED_BASE


async def setup(bot: PunchlineBot) -> None:
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(ArenaCog(bot))
