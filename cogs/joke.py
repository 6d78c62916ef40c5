"""`/joke`: a joke by the server's own model, and votes on it; and *Joke about this* on messages."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import RESTRICTED_AS, PunchlineBot
from bot.kinds import JOKE
from bot.texts import voice as texts
from bot.voice.service import Heard
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.joke_card import BUTTONS, MAX_SCENARIO, joke_card, picked_joke_card
from cogs.ui.message import answer
from cogs.ui.models import model_choices
from cogs.ui.picked import recording_of, text_of
from cogs.ui.voice import hear, require_one


class JokeCog(commands.Cog):
    """Tells jokes."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._jokes = bot.app.jokes
        self._registry = bot.app.registry

    @app_commands.command()
    @app_commands.describe(
        scenario="What the joke is about, such as: A man walking across the road",
        voice="The same as a recording (Ogg, MP3, M4A, WAV or WebM, at most 5 minutes)",
        model="One of this server's models, instead of the active one",
    )
    async def joke(
        self,
        interaction: Interaction,
        scenario: app_commands.Range[str, 1, MAX_SCENARIO] | None = None,
        voice: discord.Attachment | None = None,
        model: app_commands.Range[str, 1, 100] | None = None,
    ) -> None:
        """Tell a one-line joke about a scenario"""
        require_one(scenario, voice, texts.NO_SCENARIO)
        await interaction.response.defer()
        heard = await hear(interaction, voice, MAX_SCENARIO) if voice else None
        about, place = heard.text if heard else scenario or "", interaction.channel_id
        joke = await self._jokes.tell(guild_id(interaction), interaction.user.id, about, model, channel_id=place)
        await answer(interaction, joke_card(joke, heard))

    @joke.autocomplete("model")
    async def _models(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        listed = (await self._registry.models(guild_id(interaction))).models
        return model_choices(current, (one for one in listed if one.lost_at is None and one.kind == JOKE.name))


async def joke_about(interaction: Interaction, message: discord.Message) -> None:
    """Tell a joke about a message that a member picked. Nothing of it is saved."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    recording, user_id = recording_of(message), interaction.user.id
    heard = await hear(interaction, recording, MAX_SCENARIO) if recording else None
    about = heard or Heard.at_most(MAX_SCENARIO, text_of(message, texts.NOTHING_TO_TELL_ABOUT))
    joke = await interaction.client.app.jokes.tell(guild_id(interaction), user_id, about.text, keep=False)
    await answer(interaction, picked_joke_card(joke, heard, user_id))


async def setup(bot: PunchlineBot) -> None:
    menu = app_commands.ContextMenu(name="Joke about this", callback=joke_about, extras={RESTRICTED_AS: "joke"})
    bot.tree.add_command(menu)
    bot.add_dynamic_items(*BUTTONS)
    await bot.add_cog(JokeCog(bot))
