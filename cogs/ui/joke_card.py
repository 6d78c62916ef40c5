"""How a joke looks, and the buttons under it."""

import discord

from bot.errors import ConflictError
from bot.jokes.service import Joke
from bot.store.generations import Generation, Tally
from bot.texts import buttons, voice
from bot.texts import jokes as texts
from bot.texts.template import Sentence, Text, clip, plain
from bot.voice.service import Heard
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.forms import Submit
from cogs.ui.found import LikeButton
from cogs.ui.message import Rendered, answer
from cogs.ui.share_button import ShareCardButton
from cogs.ui.text import MAX_DESCRIPTION, MAX_FOOTER, MAX_TITLE, typed
from cogs.ui.voice import CorrectButton, is_correctable, quote_in, quoted, send_form
from cogs.ui.votes import NO_VOTES, VoteButton

MAX_SCENARIO = 300  # characters


def joke_card(joke: Joke, heard: Heard | None = None) -> Rendered:
    """A joke that was just told; of a recording it shows what was `heard`."""
    text = typed(joke.text, MAX_DESCRIPTION)
    embed = discord.Embed(title=typed(joke.scenario, MAX_TITLE), description=text)
    if heard:
        embed = quoted(voice.YOU_SAID, heard.text, text)
    cut = voice.CUT.of(most=MAX_SCENARIO) if heard and heard.cut else None
    embed.set_footer(text=_footer(joke, texts.NOT_SAVED if joke.id is None else cut))
    return Rendered(embed, view=None if joke.id is None else _buttons(joke.id, NO_VOTES, correctable=heard is not None))


def picked_joke_card(joke: Joke, heard: Heard | None, user_id: int) -> Rendered:
    """A joke about a message that this member picked: kept nowhere, so that nobody can vote on it or ask for another."""
    if heard is None:
        embed = discord.Embed(title=typed(joke.scenario, MAX_TITLE), description=typed(joke.text, MAX_DESCRIPTION))
    else:
        embed = quoted(voice.MESSAGE_SAYS, heard.text, typed(joke.text, MAX_DESCRIPTION))
    cut = voice.CUT_AND_NOT_KEPT.of(most=MAX_SCENARIO) if heard and heard.cut else None
    embed.set_footer(text=_footer(joke, cut or voice.NOT_KEPT))
    return Rendered(embed, view=row_of(CorrectPickedButton(user_id)) if heard else None)


def _footer(joke: Joke, note: Text | Sentence | None) -> str:
    told = _teller(joke)
    return clip(texts.NOTED.format(told=told, note=note) if note else told, MAX_FOOTER)


def _teller(joke: Joke) -> str:
    if joke.tuned:
        return plain(texts.TOLD_BY_NAMED, {"name": joke.tuned.name}) if joke.tuned.name else str(texts.TOLD_BY_OWN)
    if joke.lost:
        return str(texts.TOLD_FOR_LOST)
    if joke.prompt:
        return plain(texts.TOLD_BY_PROMPT, {"prompt": joke.prompt})
    return plain(texts.TOLD_BY_BASE, {"examples": joke.examples})


def _buttons(joke_id: int, tally: Tally, *, correctable: bool) -> discord.ui.View:
    return row_of(
        FunnyButton(joke_id, label=str(tally.funny)),
        FlatButton(joke_id, label=str(tally.flat)),
        AnotherButton(joke_id),
        DetailsButton(joke_id),
        LikeButton(joke_id),
        ShareCardButton(joke_id),
        *([CorrectJokeButton(joke_id)] if correctable else []),
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

    async def buttons(self, interaction: Interaction, tally: Tally) -> discord.ui.View:
        return _buttons(self.row_id, tally, correctable=is_correctable(interaction.message))


class FunnyButton(JokeVoteButton, custom_id="funny"):
    """A vote for funny."""

    emoji, funny = "😂", True


class FlatButton(JokeVoteButton, custom_id="flat"):
    """A vote for not funny."""

    emoji, funny = "😐", False


class CorrectJokeButton(CorrectButton, custom_id="correct-joke"):
    """Corrects the scenario of a joke."""

    command = "joke"

    async def open_form(self, interaction: Interaction, asked: Generation, submit: Submit) -> None:
        await send_form(interaction, "joke", str(asked.request["scenario"]), MAX_SCENARIO, submit)

    async def anew(self, interaction: Interaction, asked: Generation, text: str) -> Rendered:
        heard = Heard.at_most(MAX_SCENARIO, text)
        jokes, who = interaction.client.app.jokes, (guild_id(interaction), interaction.user.id)
        joke = await jokes.corrected(*who, asked.id, heard.text, channel_id=interaction.channel_id)
        return joke_card(joke, heard)


class CorrectPickedButton(RowButton, custom_id="correct-picked"):
    """Corrects what was heard in a message that this member picked. It stands in the message of the button, and nowhere else."""

    label, emoji, command = voice.CORRECT, "✏️", "joke"

    async def press(self, interaction: Interaction) -> None:
        user_id = self.row_id
        if user_id != interaction.user.id:
            raise ConflictError(voice.NOT_YOURS)

        async def submit(answered: Interaction, text: str) -> None:
            await answered.response.defer()
            heard = Heard.at_most(MAX_SCENARIO, text)
            joke = await answered.client.app.jokes.tell(guild_id(answered), user_id, heard.text, keep=False)
            await answer(answered, picked_joke_card(joke, heard, user_id))

        await send_form(interaction, "joke", quote_in(interaction.message), MAX_SCENARIO, submit)


BUTTONS = (
    AnotherButton,
    FunnyButton,
    FlatButton,
    DetailsButton,
    CorrectJokeButton,
    CorrectPickedButton,
    ShareCardButton,
)
