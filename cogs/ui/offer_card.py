"""How a quote looks before it is taken, and its two buttons."""

from contextlib import suppress

import discord

from bot.datasets.findings import DPO
from bot.finetuning.service import QuoteDetails
from bot.texts import buttons
from bot.texts import cards as texts
from bot.texts.template import clip, markdown
from cogs.ui.answers import AnswerLostError
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.message import Rendered
from cogs.ui.text import MAX_FIELD, MAX_TITLE, dollars, duration, typed


def offer_card(offer: QuoteDetails) -> Rendered:
    """What a launch would do and cost."""
    quote, dataset = offer.quote, offer.dataset
    title = clip(markdown(texts.QUOTE, {"dataset": dataset.name}), MAX_TITLE)
    embed = discord.Embed(title=title, description="\n".join(_money(offer)))
    embed.add_field(name=texts.BASE_MODEL, value=typed(quote.base_model, MAX_FIELD))
    if dataset.method == DPO:
        embed.add_field(name=texts.METHOD, value=texts.BY_PREFERENCES)
    epochs = offer.expected_epochs
    embed.add_field(name=texts.EPOCHS, value=epochs if quote.epochs else texts.AUTO.format(epochs=epochs))
    tokens = texts.TRAINING_TOKENS.format(total=quote.training_tokens, dataset=dataset.tokens, epochs=epochs)
    embed.add_field(name=texts.TOKENS, value=tokens)
    if offer.expected_seconds is not None:
        embed.add_field(name=texts.TIME, value=texts.EXPECTED_TIME.format(time=duration(offer.expected_seconds)))
    if quote.suffix:
        embed.add_field(name=texts.SUFFIX, value=typed(quote.suffix, MAX_FIELD))
    return Rendered(embed, view=row_of(LaunchButton(quote.id), DeclineButton(quote.id)))


def _money(offer: QuoteDetails) -> list[str]:
    cost, spending = offer.quote.cost_microdollars, offer.spending
    if cost == 0:
        return [str(texts.NO_CHARGE)]
    known = texts.ABOUT.format(cost=dollars(cost)) if cost else str(texts.NO_PRICE)
    spent = dollars(spending.spent)
    if spending.cap is None:
        month = texts.SPENT_NO_CAP.format(spent=spent)
    else:
        month = texts.SPENT_OF_CAP.format(spent=spent, cap=dollars(spending.cap))
    return [known, month, *([markdown(texts.PRICES, {"source": offer.price_source})] if cost else [])]


class LaunchButton(RowButton, custom_id="launch"):
    """Takes a quote: from here on the message follows the job."""

    label, emoji, style, managers_only = buttons.LAUNCH, "🚀", discord.ButtonStyle.success, True

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        message_id = interaction.message.id if interaction.message else None
        guild, user = guild_id(interaction), interaction.user.id
        await interaction.client.app.finetunes.launch(guild, user, self.row_id, message_id)
        with suppress(discord.HTTPException, AnswerLostError):  # the outbox takes them away too, but it may be busy
            await interaction.edit_original_response(view=None)


class DeclineButton(RowButton, custom_id="decline"):
    """Leaves a quote."""

    label, managers_only = buttons.DECLINE, True

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.edit_message(content=texts.NOT_LAUNCHED, embed=None, view=None)


BUTTONS = (LaunchButton, DeclineButton)
