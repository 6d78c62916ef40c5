"""Going through a draft: one example at a time, with what can be done with it."""

import discord

from bot.store.drafts import Draft, DraftExample
from bot.texts import importing as texts
from bot.texts.template import clip, plain
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.dataset_cards import counted
from cogs.ui.forms import PairForm
from cogs.ui.message import Rendered, reply
from cogs.ui.text import MAX_DESCRIPTION, typed


def review_card(draft: Draft, example: DraftExample | None) -> Rendered:
    """One example with what can be done with it; None is behind the last."""
    if example is None:
        text = plain(texts.REVIEW_DONE, {"examples": counted(draft.examples)})
        return Rendered(discord.Embed(description=text))
    title = plain(texts.REVIEW_TITLE, {"place": example.place, "count": draft.examples})
    lines = [f"**{role}**\n{typed(content, MAX_DESCRIPTION)}" for role, content in example.turns]
    embed = discord.Embed(title=title, description=clip("\n".join(lines), MAX_DESCRIPTION))
    numbers = example.draft_id, example.id
    edit = EditButton(*numbers, disabled=not example.is_pair)  # only pairs fit into the form
    return Rendered(embed, view=row_of(KeepButton(*numbers), edit, DropButton(*numbers)))


async def show_next(interaction: Interaction, draft_id: int, after: int, *, new: bool = False) -> None:
    """The example behind the one with that number, in place of what is shown or in a new message."""
    draft, example = await interaction.client.app.drafts.review(guild_id(interaction), draft_id, after)
    card = review_card(draft, example)
    if new:
        await reply(interaction, card, ephemeral=True)
    else:
        await interaction.response.edit_message(embed=card.embed, view=card.view)


class ReviewButton(RowButton, custom_id="review-draft"):
    """Shows the examples one by one, to whoever pressed it alone."""

    label, emoji, managers_only = texts.REVIEW, "🔎", True

    async def press(self, interaction: Interaction) -> None:
        await show_next(interaction, self.row_id, 0, new=True)


class KeepButton(RowButton, custom_id="keep-example"):
    """Goes on to the next example."""

    label, emoji, style, managers_only = texts.KEEP, "✅", discord.ButtonStyle.success, True

    async def press(self, interaction: Interaction) -> None:
        await show_next(interaction, *self.numbers[:2])


class EditButton(RowButton, custom_id="edit-example"):
    """Asks for the example anew."""

    label, emoji, managers_only = texts.EDIT, "✏️", True

    async def press(self, interaction: Interaction) -> None:
        drafts, guild = interaction.client.app.drafts, guild_id(interaction)
        example = await drafts.example(guild, self.numbers[1])
        draft = await drafts.by_id(guild, example.draft_id)
        scenario, punchline = (content for _, content in example.turns[-2:])
        form = PairForm(texts.EDIT_TITLE, self._edit, scenario, punchline, kind=draft.kind)
        await interaction.response.send_modal(form)

    async def _edit(self, interaction: Interaction, scenario: str, punchline: str) -> None:
        require_manager(interaction)
        await interaction.client.app.drafts.edit(guild_id(interaction), self.numbers[1], scenario, punchline)
        await show_next(interaction, *self.numbers[:2])


class DropButton(RowButton, custom_id="drop-example"):
    """Deletes the example."""

    label, emoji, style, managers_only = texts.DROP, "✖️", discord.ButtonStyle.danger, True

    async def press(self, interaction: Interaction) -> None:
        await interaction.client.app.drafts.drop(guild_id(interaction), self.numbers[1])
        await show_next(interaction, *self.numbers[:2])


BUTTONS = (ReviewButton, KeepButton, EditButton, DropButton)
