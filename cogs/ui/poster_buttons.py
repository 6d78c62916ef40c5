"""*Poster* under slogans, and what it asks before a picture costs something."""

import math

import discord

from bot.pictures.finished import Offer, Slogan
from bot.texts import buttons
from bot.texts import pictures as texts
from bot.texts.language import language_of_server, speaking
from bot.texts.template import markdown
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.pictures import post
from cogs.ui.text import dollars

FILE = "poster"


class PosterButton(RowButton, custom_id="poster"):
    """Posts a poster. Its numbers are the generation's and, where a message has several slogans, the place of one."""

    label, emoji, command = buttons.POSTER, "🖼️", "slogan"

    async def press(self, interaction: Interaction) -> None:
        pictures = interaction.client.app.pictures
        slogans = await pictures.slogans(guild_id(interaction), *self.numbers[:2])
        if len(slogans) > 1:
            choice = row_of(*(PosterButton(self.row_id, one.place, label=str(one.place + 1)) for one in slogans))
            await interaction.response.send_message(str(texts.WHICH), view=choice, ephemeral=True)
            return
        offer = await pictures.offer(slogans[0])
        if offer is not None and offer.cost_nanodollars != 0:
            await interaction.response.send_message(_question(offer), view=_choice(slogans[0], offer), ephemeral=True)
        elif offer is not None:
            await _generate(interaction, slogans[0], offer)
        else:
            await _draw(interaction, slogans[0])


class GenerateButton(RowButton, custom_id="generate-poster"):
    """Takes the offer. Its third number is the price that was shown: if there is another by now, it asks again."""

    label, emoji, style, command = buttons.GENERATE, "🎨", discord.ButtonStyle.primary, "slogan"

    async def press(self, interaction: Interaction) -> None:
        slogan = await _slogan(self, interaction)
        offer = await interaction.client.app.pictures.offer(slogan)
        if offer is None:
            await _draw(interaction, slogan)
        elif self.numbers[2:] == (_shown(offer),):
            await _generate(interaction, slogan, offer)
        else:
            await interaction.response.edit_message(content=_question(offer), view=_choice(slogan, offer))


class DrawButton(RowButton, custom_id="draw-poster"):
    """Has the poster drawn, which costs nothing."""

    label, emoji, command = buttons.DRAW, "✏️", "slogan"

    async def press(self, interaction: Interaction) -> None:
        await _draw(interaction, await _slogan(self, interaction))


async def _slogan(button: RowButton, interaction: Interaction) -> Slogan:
    number, place = button.numbers[:2]
    (slogan,) = await interaction.client.app.pictures.slogans(guild_id(interaction), number, place)
    return slogan


async def _generate(interaction: Interaction, slogan: Slogan, offer: Offer) -> None:
    await interaction.response.defer(thinking=True)
    guild = guild_id(interaction)
    with speaking(language_of_server(guild)):
        picture = await interaction.client.app.pictures.generate(guild, interaction.user.id, slogan, offer.model)
        await post(interaction, picture, FILE, slogan)


async def _draw(interaction: Interaction, slogan: Slogan) -> None:
    await interaction.response.defer(thinking=True)
    guild = guild_id(interaction)
    with speaking(language_of_server(guild)):
        await post(
            interaction, await interaction.client.app.pictures.draw(guild, interaction.user.id, slogan), FILE, slogan
        )


def _question(offer: Offer) -> str:
    if offer.cost_nanodollars is None:
        return markdown(texts.COSTS_UNKNOWN, {"model": offer.model})
    return markdown(texts.COSTS, {"model": offer.model, "cost": _about(offer.cost_nanodollars)})


def _choice(slogan: Slogan, offer: Offer) -> discord.ui.View:
    numbers = slogan.generation_id, slogan.place
    return row_of(GenerateButton(*numbers, _shown(offer)), DrawButton(*numbers))


def _shown(offer: Offer) -> int:
    """The price as a button's number: in billionths of a dollar, and 0 for an unknown one."""
    return offer.cost_nanodollars or 0


def _about(nanodollars: int) -> str:
    """Rounded up to a tenth of a cent: two decimals would show a picture for $0.011 as one for $0.01."""
    if nanodollars < 10**6:
        return dollars(nanodollars / 1000)
    return f"${math.ceil(nanodollars / 10**6) / 1000:.3f}"


BUTTONS = (PosterButton, GenerateButton, DrawButton)
