"""How slogans look, and the buttons under them."""

import discord

from bot.slogans import Slogans, SloganService
from bot.store.generations import Generation, Tally
from bot.texts import buttons, voice
from bot.texts import jokes as texts
from bot.texts.template import clip, plain
from bot.voice.service import Heard
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.details import DetailsButton
from cogs.ui.forms import Submit
from cogs.ui.message import Rendered, answer
from cogs.ui.poster_buttons import BUTTONS as POSTER_BUTTONS
from cogs.ui.poster_buttons import PosterButton
from cogs.ui.text import MAX_DESCRIPTION, MAX_FIELD, MAX_FOOTER, MAX_TITLE, typed
from cogs.ui.voice import CorrectButton, is_correctable, quoted, send_form
from cogs.ui.votes import NO_VOTES, VoteButton

MAX_COMPANY = 500  # characters of its description


def slogan_card(slogans: Slogans, heard: Heard | None = None) -> Rendered:
    """Slogans that were just written; of a recording it shows what was `heard`."""
    room = MAX_DESCRIPTION // len(slogans.texts) - len("5. \n")  # so that an endless one hides no other
    lines = [typed(text, room) for text in slogans.texts]
    text = lines[0] if len(lines) == 1 else "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    embed = discord.Embed(title=typed(slogans.description, MAX_TITLE), description=text)
    if heard:
        embed = quoted(voice.YOU_SAID, heard.text, text)
    embed.set_footer(text=clip(_noted(slogans, heard), MAX_FOOTER) or None)
    if slogans.id is None:
        return Rendered(embed)
    return Rendered(embed, view=_buttons(slogans.id, len(slogans.texts), NO_VOTES, correctable=heard is not None))


def _noted(slogans: Slogans, heard: Heard | None) -> str:
    writer = _writer(slogans)
    if slogans.id is not None:
        cut = voice.CUT.format(most=MAX_COMPANY) if heard and heard.cut else ""
        return texts.NOTED.format(told=writer, note=cut) if writer and cut else writer or cut
    return texts.NOTED.format(told=writer, note=texts.NOT_SAVED) if writer else str(texts.NOT_SAVED)


def _writer(slogans: Slogans) -> str:
    """Who wrote them, or nothing for a large base model without examples."""
    if slogans.tuned:
        name = slogans.tuned.name
        return plain(texts.WRITTEN_BY_NAMED, {"name": name}) if name else str(texts.WRITTEN_BY_OWN)
    if slogans.lost:
        return str(texts.WRITTEN_FOR_LOST)
    if slogans.prompt:
        return plain(texts.WRITTEN_BY_PROMPT, {"prompt": slogans.prompt})
    return plain(texts.WRITTEN_BY_BASE, {"examples": slogans.examples}) if slogans.examples else ""


def _buttons(number: int, count: int, tally: Tally, *, correctable: bool) -> discord.ui.View:
    """Votes are on the whole message; each of its slogans can be chosen."""
    labels = [str(texts.USE_ONE)] if count == 1 else [texts.USE.format(number=place) for place in range(1, count + 1)]
    return row_of(
        GoodButton(number, label=str(tally.funny)),
        PoorButton(number, label=str(tally.flat)),
        VariationsButton(number),
        AgainButton(number),
        DetailsButton(number),
        *([CorrectSloganButton(number)] if correctable else []),
        *(UseSloganButton(number, place, label=label) for place, label in enumerate(labels)),
        PosterButton(number),
    )


class SloganVoteButton(VoteButton, custom_id="slogan-vote"):
    """A vote on the slogans of a message."""

    async def buttons(self, interaction: Interaction, tally: Tally) -> discord.ui.View:
        slogans = await interaction.client.app.generations.find(guild_id(interaction), self.row_id)
        return _buttons(self.row_id, len(slogans.texts), tally, correctable=is_correctable(interaction.message))


class GoodButton(SloganVoteButton, custom_id="good-slogan"):
    """A vote for good."""

    emoji, funny = "👍", True


class PoorButton(SloganVoteButton, custom_id="poor-slogan"):
    """A vote for not good."""

    emoji, funny = "👎", False


class UseSloganButton(RowButton, custom_id="use-slogan"):
    """Marks a slogan as chosen; the message shows who chose it."""

    emoji, style = "✅", discord.ButtonStyle.success

    async def press(self, interaction: Interaction) -> None:
        number, place = self.numbers[:2]
        text = await interaction.client.app.generations.choose(
            guild_id(interaction), interaction.user.id, number, place
        )
        member = interaction.user.mention
        told = texts.CHOSEN_BY.format(text=typed(text, MAX_FIELD - len(member) - 10), member=member)
        embeds = interaction.message.embeds if interaction.message else []
        for embed in embeds:
            embed.clear_fields().add_field(name=texts.CHOSEN, value=told, inline=False)
        await interaction.response.edit_message(embeds=embeds)


class MoreSlogansButton(RowButton, custom_id="more-slogans"):
    """Asks for more, and shows them in a new message."""

    command = "slogan"

    async def press(self, interaction: Interaction) -> None:
        app, guild = interaction.client.app, guild_id(interaction)
        await app.generations.find(guild, self.row_id)
        await interaction.response.defer(thinking=True)
        more = self.written(app.slogans, guild, interaction.user.id, interaction.channel_id)
        await answer(interaction, slogan_card(await more))

    async def written(self, slogans: SloganService, guild: int, user: int, channel: int | None) -> Slogans:
        """What the button asks for."""
        raise NotImplementedError


class VariationsButton(MoreSlogansButton, custom_id="vary-slogan"):
    """Asks for others in the same style."""

    label, emoji = buttons.VARIATIONS, "🎨"

    async def written(self, slogans: SloganService, guild: int, user: int, channel: int | None) -> Slogans:
        return await slogans.variations(guild, user, self.row_id, channel_id=channel)


class AgainButton(MoreSlogansButton, custom_id="slogan"):
    """Asks the same once more."""

    label, emoji, style = buttons.AGAIN, "🔁", discord.ButtonStyle.primary

    async def written(self, slogans: SloganService, guild: int, user: int, channel: int | None) -> Slogans:
        return await slogans.again(guild, user, self.row_id, channel_id=channel)


class CorrectSloganButton(CorrectButton, custom_id="correct-slogan"):
    """Corrects the description of a company."""

    command = "slogan"

    async def open_form(self, interaction: Interaction, asked: Generation, submit: Submit) -> None:
        await send_form(interaction, "slogan", str(asked.request["description"]), MAX_COMPANY, submit)

    async def anew(self, interaction: Interaction, asked: Generation, text: str) -> Rendered:
        heard = Heard.at_most(MAX_COMPANY, text)
        slogans, who = interaction.client.app.slogans, (guild_id(interaction), interaction.user.id)
        again = await slogans.corrected(*who, asked.id, heard.text, channel_id=interaction.channel_id)
        return slogan_card(again, heard)


BUTTONS = (
    GoodButton,
    PoorButton,
    UseSloganButton,
    VariationsButton,
    AgainButton,
    DetailsButton,
    CorrectSloganButton,
    *POSTER_BUTTONS,
)
