"""How a quote looks before it is taken, and the buttons that take it or leave it."""

from contextlib import suppress

import discord

from bot.finetuning.service import Offer
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.text import dollars, duration


def offer_card(offer: Offer) -> discord.Embed:
    """What a launch would do and cost."""
    quote, dataset = offer.quote, offer.dataset
    embed = discord.Embed(title=f"Train a model on “{dataset.name}”?", description="\n".join(_money(offer)))
    embed.add_field(name="Base model", value=quote.base_model)
    chosen = "" if quote.epochs else " (auto)"
    embed.add_field(name="Epochs", value=f"{offer.expected_epochs}{chosen}")
    embed.add_field(
        name="Tokens", value=f"about {quote.training_tokens:,} = {dataset.tokens:,} × {offer.expected_epochs}"
    )
    if offer.expected_seconds is not None:
        embed.add_field(name="Time", value=f"about {duration(offer.expected_seconds)}, as earlier ones took")
    if quote.suffix:
        embed.add_field(name="Suffix", value=quote.suffix)
    return embed


def _money(offer: Offer) -> list[str]:
    cost, spending = offer.quote.cost_microdollars, offer.spending
    if cost == 0:
        return ["**No charge:** your own engine trains it."]
    known = (
        f"**About {dollars(cost)}.**"
        if cost
        else "**The price of this base model is not known here.** Look it up before you launch."
    )
    source = [f"Prices: {offer.price_source}"] if cost else []
    cap = (
        f" of a cap of {dollars(spending.cap)}"
        if spending.cap is not None
        else ", without a cap (`/settings cap` sets one)"
    )
    return [known, f"Spent this month: {dollars(spending.spent)}{cap}.", *source]


class LaunchButton(RowButton, template=r"launch:(?P<row>\d+)"):
    """Takes a quote: from here on the tracker edits the message."""

    name = "launch"
    label = "Launch"
    emoji = "🚀"
    style = discord.ButtonStyle.success

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        await interaction.response.defer()
        message_id = interaction.message.id if interaction.message else None
        await interaction.client.app.finetunes.launch(
            guild_id(interaction), interaction.user.id, self.row_id, message_id
        )
        with suppress(discord.HTTPException):  # the tracker takes them away too, but it may be busy with an upload
            await interaction.edit_original_response(view=None)


class DeclineButton(RowButton, template=r"decline:(?P<row>\d+)"):
    """Leaves a quote."""

    name = "decline"
    label = "Cancel"

    async def press(self, interaction: Interaction) -> None:
        require_manager(interaction)
        await interaction.response.edit_message(content="Nothing was launched.", embed=None, view=None)


def offer_buttons(offer: Offer) -> discord.ui.View:
    """What goes under the card."""
    return row_of(LaunchButton(offer.quote.id), DeclineButton(offer.quote.id))
