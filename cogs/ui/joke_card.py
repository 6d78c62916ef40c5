"""How a joke looks, and the buttons under it."""

import discord

from bot.jokes.service import Joke
from bot.store.generations import Tally
from bot.texts import buttons
from bot.texts import jokes as texts
from bot.texts.template import clip, plain
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.found import LikeButton
from cogs.ui.message import Rendered, answer
from cogs.ui.share_button import ShareCardButton
from cogs.ui.text import MAX_DESCRIPTION, MAX_FOOTER, MAX_TITLE, typed
from cogs.ui.votes import NO_VOTES, VoteButton


def joke_card(joke: Joke) -> Rendered:
    """A joke that was just told."""
    embed = discord.Embed(title=typed(joke.scenario, MAX_TITLE), description=typed(joke.text, MAX_DESCRIPTION))
    embed.set_footer(text=clip(_teller(joke), MAX_FOOTER))
    return Rendered(embed, view=None if joke.id is None else _buttons(joke.id, NO_VOTES))


def _teller(joke: Joke) -> str:
    if joke.tuned:
        told = plain(texts.TOLD_BY_NAMED, {"name": joke.tuned.name}) if joke.tuned.name else texts.TOLD_BY_OWN
    elif joke.lost:
        told = texts.TOLD_FOR_LOST
    elif joke.prompt:
        told = plain(texts.TOLD_BY_PROMPT, {"prompt": joke.prompt})
    else:
        told = plain(texts.TOLD_BY_BASE, {"examples": joke.examples})
    return str(told) if joke.id is not None else texts.NOTED.format(told=told, note=texts.NOT_SAVED)


def _buttons(joke_id: int, tally: Tally) -> discord.ui.View:
    return row_of(
        FunnyButton(joke_id, label=str(tally.funny)),
        FlatButton(joke_id, label=str(tally.flat)),
        AnotherButton(joke_id),
        DetailsButton(joke_id),
        LikeButton(joke_id),
        ShareCardButton(joke_id),
    )


class AnotherButton(RowButton, custom_id="joke"):
    """Tells another joke on the same scenario."""

    label, emoji, style, command = buttons.ANOTHER, "🎲", discord.ButtonStyle.primary, "joke"

    async def press(self, interaction: Interaction) -> None:
        guild = guild_id(interaction)
        await interaction.client.app.generations.find(guild, self.row_id)
        await interaction.response.defer(thinking=True)
        jokes, place = interaction.client.app.jokes, interaction.channel_id
        joke = await jokes.another(guild, interaction.user.id, self.row_id, channel_id=place)
        await answer(interaction, joke_card(joke))


class JokeVoteButton(VoteButton, custom_id="joke-vote"):
    """A vote on a joke."""

    async def buttons(self, _interaction: Interaction, tally: Tally) -> discord.ui.View:
        return _buttons(self.row_id, tally)


class FunnyButton(JokeVoteButton, custom_id="funny"):
    """A vote for funny."""

    emoji, funny = "😂", True


class FlatButton(JokeVoteButton, custom_id="flat"):
    """A vote for not funny."""

    emoji, funny = "😐", False


BUTTONS = (AnotherButton, FunnyButton, FlatButton, DetailsButton, ShareCardButton)
