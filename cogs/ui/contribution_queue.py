"""The queue of contributions for admins, one at a time."""

import discord

from bot.contributions.service import MAX_REASON, Page
from bot.store.contributions import Pair
from bot.texts import contributions as texts
from bot.texts.template import markdown, plain
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.contribution_card import example_text
from cogs.ui.dataset_cards import counted
from cogs.ui.forms import PairForm, TextForm
from cogs.ui.message import Rendered, reply
from cogs.ui.text import MAX_FIELD, typed


def waiting_card(page: Page, said: str | None = None) -> Rendered:
    """One waiting example, or a sentence after the last. `said` is the result of the previous one."""
    given = page.contribution
    if given is None:
        return Rendered(discord.Embed(description=texts.NONE_WAITING), content=said)
    title = plain(texts.QUEUE_TITLE, {"count": page.count})
    embed = discord.Embed(title=title, description=example_text(given), timestamp=given.created_at)
    embed.add_field(name=texts.FROM, value=f"<@{given.user_id}>")
    embed.add_field(name=texts.FOR, value=typed(given.draft, MAX_FIELD))
    return Rendered(embed, content=said, view=row_of(*(kind(given.id) for kind in BUTTONS)))


async def show_waiting(interaction: Interaction, after: int, said: str | None = None, *, new: bool = False) -> None:
    """Show the first waiting example after that number, in the same message or in a new one."""
    card = waiting_card(await interaction.client.app.contributions.queue(guild_id(interaction), after), said)
    if new:
        await reply(interaction, card, ephemeral=True)
    else:
        await interaction.response.edit_message(content=card.content, embed=card.embed, view=card.view)


async def _accept(interaction: Interaction, contribution_id: int, changed: Pair | None = None) -> None:
    contributions = interaction.client.app.contributions
    draft = await contributions.accept(guild_id(interaction), interaction.user.id, contribution_id, changed)
    said = markdown(texts.ACCEPTED, {"draft": draft.name, "examples": counted(draft.examples)})
    await show_waiting(interaction, contribution_id, said)


class AcceptButton(RowButton, custom_id="accept-contribution"):
    """Adds the example to the draft that it was given for."""

    label, emoji, style, managers_only = texts.ACCEPT, "✅", discord.ButtonStyle.success, True

    async def press(self, interaction: Interaction) -> None:
        await _accept(interaction, self.row_id)


class EditContributionButton(RowButton, custom_id="edit-contribution"):
    """Asks for an edited text, and accepts that."""

    label, emoji, managers_only = texts.EDIT, "✏️", True

    async def press(self, interaction: Interaction) -> None:
        given = await interaction.client.app.contributions.waiting(guild_id(interaction), self.row_id)
        await interaction.response.send_modal(PairForm(texts.EDIT_TITLE, self._edit, *given.pair, kind=given.kind))

    async def _edit(self, interaction: Interaction, scenario: str, punchline: str) -> None:
        require_manager(interaction)
        await _accept(interaction, self.row_id, (scenario, punchline))


class RejectButton(RowButton, custom_id="reject-contribution"):
    """Asks for a reason, which the member can read."""

    label, emoji, style, managers_only = texts.REJECT, "✖️", discord.ButtonStyle.danger, True

    async def press(self, interaction: Interaction) -> None:
        await interaction.client.app.contributions.waiting(guild_id(interaction), self.row_id)
        form = TextForm(texts.REJECT_TITLE, texts.REJECT_LABEL, texts.REJECT_HINT, self._reject, max_length=MAX_REASON)
        await interaction.response.send_modal(form)

    async def _reject(self, interaction: Interaction, reason: str) -> None:
        require_manager(interaction)
        contributions = interaction.client.app.contributions
        await contributions.reject(guild_id(interaction), interaction.user.id, self.row_id, reason)
        await show_waiting(interaction, self.row_id, str(texts.REJECTED))


class SkipWaitingButton(RowButton, custom_id="skip-contribution"):
    """Leaves it waiting, and shows the next."""

    label, emoji, managers_only = texts.SKIP, "➡️", True

    async def press(self, interaction: Interaction) -> None:
        await show_waiting(interaction, self.row_id)


BUTTONS = (AcceptButton, EditContributionButton, RejectButton, SkipWaitingButton)
