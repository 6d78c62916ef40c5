"""A member's own contributions, one per page, with their status and a button to withdraw."""

import discord

from bot.contributions.service import Page
from bot.store.contributions import Contribution, State
from bot.texts import contributions as texts
from bot.texts import importing as example_texts
from bot.texts.template import clip, markdown, plain
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.message import Rendered, reply
from cogs.ui.text import MAX_DESCRIPTION, MAX_FIELD, MAX_TITLE, typed


def example_text(given: Contribution) -> str:
    """A scenario and its punchline, or a description and its slogan, as they stand now."""
    labels = example_texts.SCENARIO[given.kind], example_texts.PUNCHLINE[given.kind]
    most = MAX_DESCRIPTION // 2 - 50
    return "\n".join(f"**{label}**\n{typed(text, most)}" for label, text in zip(labels, given.pair, strict=True))


def stored_card(given: Contribution) -> Rendered:
    """What was just stored."""
    title = clip(markdown(texts.STORED_TITLE, {"draft": given.draft}), MAX_TITLE)
    embed = discord.Embed(title=title, description=example_text(given))
    embed.set_footer(text=plain(texts.STORED, {}))
    return Rendered(embed, view=row_of(WithdrawButton(given.id)))


def own_card(page: Page) -> Rendered:
    """One contribution of a member, or a sentence after the last."""
    given = page.contribution
    if given is None:
        return Rendered(discord.Embed(description=texts.NO_MORE_OWN if page.count else texts.NONE_OWN))
    title = plain(texts.OWN_TITLE, {"place": page.place, "count": page.count})
    embed = discord.Embed(title=title, description=example_text(given), timestamp=given.created_at)
    embed.add_field(name=texts.STATE, value=clip(_state(given), MAX_FIELD), inline=False)
    embed.add_field(name=texts.GIVEN_FOR, value=typed(given.draft, MAX_FIELD), inline=False)
    if len(given.texts) > 1:
        embed.add_field(name=texts.GIVEN_AS, value=typed("\n".join(given.texts[0]), MAX_FIELD), inline=False)
    embed.add_field(name=texts.YOU_AGREED, value=clip(given.consent, MAX_FIELD), inline=False)
    return Rendered(embed, view=row_of(WithdrawButton(given.id), NextOwnButton(given.id)))


def _state(given: Contribution) -> str:
    if given.draft_id is None and given.state is State.WAITING:
        return str(texts.NEVER_JUDGED)
    state = markdown(texts.STATES[given.state], {"reason": given.reason or ""})
    return state if given.draft_id is not None else f"{state} ({texts.DELETED_SINCE})"


async def show_own(interaction: Interaction, before: int | None, *, new: bool = False) -> None:
    """The member's newest example, or the next older one than that number, in place of what is shown or in a new message."""
    page = await interaction.client.app.contributions.own(guild_id(interaction), interaction.user.id, before)
    card = own_card(page)
    if new:
        await reply(interaction, card, ephemeral=True)
    else:
        await interaction.response.edit_message(embed=card.embed, view=card.view)


class WithdrawButton(RowButton, custom_id="withdraw-contribution"):
    """Withdraws an example of the member who presses it, for good."""

    label, emoji, style = texts.WITHDRAW, "🗑️", discord.ButtonStyle.danger

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        withdrawals = interaction.client.app.withdrawals
        done = await withdrawals.withdraw(guild_id(interaction), interaction.user.id, self.row_id)
        said = texts.WITHDRAWN_WITH if done.datasets else texts.WITHDRAWN
        embed = discord.Embed(description=texts.WITHDRAWN_TRAINED if done.models or done.going_on else said)
        await interaction.edit_original_response(embed=embed, view=row_of(NextOwnButton(self.row_id)))


class NextOwnButton(RowButton, custom_id="next-contribution"):
    """Shows the member's next older example."""

    label, emoji = texts.NEXT, "➡️"

    async def press(self, interaction: Interaction) -> None:
        await show_own(interaction, self.row_id)


BUTTONS = (WithdrawButton, NextOwnButton)
