"""How a draft looks: what was read into it and what it has, with the buttons under it."""

from collections.abc import Sequence
from functools import partial

import discord

from bot.datasets.checker import MIN_EXAMPLES
from bot.datasets.drafts import Drafted
from bot.datasets.importing.found import Found, Turn
from bot.store.drafts import Draft
from bot.texts import datasets as dataset_texts
from bot.texts import importing as texts
from bot.texts.template import clip, markdown, plain
from cogs.ui.admin import require_manager
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.dataset_cards import MAX_SHOWN, counted, saved_card
from cogs.ui.draft_review import ReviewButton
from cogs.ui.forms import LinesForm, PairForm
from cogs.ui.message import Rendered, reply
from cogs.ui.text import MAX_TITLE, typed
from cogs.ui.train_button import TrainButton

SHOWN_EXAMPLES, SHOWN_LEFT_OUT = 3, 5


def drafted_card(drafted: Drafted) -> Rendered:
    """A draft, and what was just read into it."""
    found = drafted.found
    read = markdown(texts.UNDERSTOOD, {"kind": found.kind, "examples": counted(len(found.chats))})
    embed = _embed(drafted.draft, [read, *_left_out(found)])
    for number, turns in enumerate(found.chats[:SHOWN_EXAMPLES], 1):
        _add_example(embed, number, turns)
    return Rendered(embed, view=_buttons(drafted.draft.id))


def draft_card(draft: Draft) -> Rendered:
    """A draft as it stands."""
    embed = _embed(draft, [])
    embed.add_field(name=texts.SYSTEM_MESSAGE, value=typed(draft.system, MAX_SHOWN), inline=False)
    return Rendered(embed, view=_buttons(draft.id))


def _buttons(draft_id: int) -> discord.ui.View:
    kinds = (SaveButton, AddButton, PasteButton, ReviewButton, DiscardButton)
    return row_of(*(kind(draft_id) for kind in kinds))


def _embed(draft: Draft, lines: Sequence[str]) -> discord.Embed:
    examples = counted(draft.examples) + str(dataset_texts.OF_KIND[draft.kind])
    values = {"examples": examples, "fewest": MIN_EXAMPLES}
    ready = draft.examples >= MIN_EXAMPLES
    state = plain(texts.DRAFT_READY if ready else texts.DRAFT_COUNT, values)
    return discord.Embed(title=_title(draft), description="\n".join([*lines, state]))


def _title(draft: Draft) -> str:
    return clip(markdown(texts.DRAFT_TITLE, {"name": draft.name}), MAX_TITLE)


def _left_out(found: Found) -> list[str]:
    if not found.left_out_count:
        return []
    shown = [
        markdown(texts.LEFT_OUT, {"unit": found.unit, "number": one.number}) + markdown(one.template, one.values)
        for one in found.left_out[:SHOWN_LEFT_OUT]
    ]
    more = found.left_out_count - len(shown)
    rest = [plain(dataset_texts.MORE_ERRORS, {"count": more})] if more else []
    return [str(texts.LEFT_OUT_COUNT.of(found.left_out_count)), *shown, *rest]


def _add_example(embed: discord.Embed, number: int, turns: Sequence[Turn]) -> None:
    question = next((turn.content for turn in reversed(turns) if turn.role == "user"), "")
    name = markdown(dataset_texts.SHOWN_EXAMPLE, {"number": number, "question": clip(question, MAX_TITLE)})
    answer = typed(turns[-1].content, MAX_SHOWN)
    embed.add_field(name=clip(name, MAX_TITLE), value=answer, inline=False)


async def add_pair(draft_id: int, interaction: Interaction, scenario: str, punchline: str) -> None:
    """What the form for one example does."""
    require_manager(interaction)
    draft = await interaction.client.app.drafts.add(guild_id(interaction), draft_id, scenario, punchline)
    await reply(interaction, draft_card(draft), ephemeral=True)


class SaveButton(RowButton, custom_id="save-draft"):
    """Makes a dataset of what the draft holds now."""

    label, emoji, style, managers_only = texts.SAVE, "💾", discord.ButtonStyle.primary, True

    async def press(self, interaction: Interaction) -> None:
        await interaction.response.defer(thinking=True)
        saved = await interaction.client.app.drafts.save(guild_id(interaction), interaction.user.id, self.row_id)
        await interaction.edit_original_response(embed=saved_card(saved), view=row_of(TrainButton(saved.dataset.id)))


class AddButton(RowButton, custom_id="add-to-draft"):
    """Asks for one more example."""

    label, emoji, managers_only = texts.ADD, "➕", True

    async def press(self, interaction: Interaction) -> None:
        draft = await interaction.client.app.drafts.by_id(guild_id(interaction), self.row_id)
        form = PairForm(texts.ADD_TITLE, partial(add_pair, draft.id), kind=draft.kind)
        await interaction.response.send_modal(form)


class PasteButton(RowButton, custom_id="paste-into-draft"):
    """Asks for many examples, one a line."""

    label, emoji, managers_only = texts.PASTE, "📋", True

    async def press(self, interaction: Interaction) -> None:
        form = LinesForm(texts.PASTE_TITLE, texts.PASTE_LABEL, texts.PASTE_HINT, self._paste)
        await interaction.response.send_modal(form)

    async def _paste(self, interaction: Interaction, lines: str) -> None:
        require_manager(interaction)
        drafted = await interaction.client.app.drafts.paste(guild_id(interaction), self.row_id, lines)
        await reply(interaction, drafted_card(drafted), ephemeral=True)


class DiscardButton(RowButton, custom_id="discard-draft"):
    """Deletes the draft."""

    label, emoji, style, managers_only = texts.DISCARD, "🗑️", discord.ButtonStyle.danger, True

    async def press(self, interaction: Interaction) -> None:
        draft = await interaction.client.app.drafts.discard(guild_id(interaction), self.row_id)
        text = markdown(texts.DISCARDED, {"name": draft.name})
        await interaction.response.edit_message(content=text, embed=None, view=None)


BUTTONS = (SaveButton, AddButton, PasteButton, DiscardButton)
