"""What `/privacy`, `/export-me` and `/forget-me` show, and their buttons."""

import io
from collections.abc import Iterable, Mapping

import discord

from bot.privacy.export import Export
from bot.privacy.forgetting import Forgotten
from bot.privacy.service import Overview, Stored
from bot.store.forgetting import Counted
from bot.store.personal.table import Purpose
from bot.texts import privacy as texts
from bot.texts.template import Sentence, Text, clip, escape, markdown
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.message import Rendered
from cogs.ui.text import MAX_DESCRIPTION, MAX_FIELD

HERE, EVERYWHERE = 0, 1
# Stays as it is, or is deleted as a matter of course with something else.
OWNED_STAYS = (Purpose.USAGE,)


def privacy_card(overview: Overview) -> Rendered:
    """What is stored, why and how long; where texts go; whom to ask."""
    lines = [_stored(one) for one in overview.stored]
    embed = discord.Embed(
        title=texts.TITLE, description=clip("\n".join([*lines, "", str(texts.NOT_STORED)]), MAX_DESCRIPTION)
    )
    servers = [
        markdown(texts.OWN if server.own else texts.OTHERS, {"host": server.host}) for server in overview.servers
    ]
    if overview.moderation is not None:
        servers.append(markdown(texts.MODERATED, {"host": overview.moderation}))
    embed.add_field(name=texts.WHERE, value=clip("\n".join(servers), MAX_FIELD), inline=False)
    whom = escape(overview.contact) or texts.ASK_MANAGERS
    embed.add_field(name=texts.WHOM, value=clip(whom, MAX_FIELD), inline=False)
    left = texts.LEFT.of(overview.left_days) if overview.left_days else texts.LEFT_KEPT
    embed.set_footer(text=str(left))
    return Rendered(embed, view=row_of(ExportButton(0), AskButton(HERE)))


def _stored(one: Stored) -> str:
    return texts.PURPOSES[one.purpose].format(kept=_kept(one))


def _kept(one: Stored) -> Text | Sentence:
    if one.days is None:
        return texts.KEPT[one.kept]
    return texts.DAYS.of(one.days) if one.days else texts.FOR_EVER


def question_card(counted: Iterable[Counted], *, everywhere: bool) -> Rendered:
    """What forgetting would do, and the button that does it."""
    embed = discord.Embed(
        title=texts.ASK_TITLE_EVERYWHERE if everywhere else texts.ASK_TITLE,
        description=texts.ASK_EVERYWHERE if everywhere else texts.ASK_HERE,
    )
    found = list(counted)
    deleted = {one.purpose: one.owned for one in found if one.purpose not in OWNED_STAYS}
    stays = {one.purpose: one.owned if one.purpose in OWNED_STAYS else one.authored for one in found}
    embed.add_field(name=texts.DELETED_FIELD, value=_listed(texts.DELETED, deleted), inline=False)
    embed.add_field(name=texts.STAYS_FIELD, value=_listed(texts.STAYS, stays), inline=False)
    embed.add_field(name=texts.NOT_REACHED_FIELD, value=texts.NOT_REACHED, inline=False)
    return Rendered(embed, view=row_of(ForgetButton(EVERYWHERE if everywhere else HERE)))


def _listed(sentences: Mapping[str, Text], counts: Mapping[Purpose, int]) -> str:
    lines = [
        f"- {sentences[purpose].format(count=count)}"
        for purpose, count in counts.items()
        if count and purpose in sentences
    ]
    return clip("\n".join(lines) or texts.NOTHING_TO_DELETE, MAX_FIELD)


def forgotten_card(done: Forgotten, *, everywhere: bool) -> Rendered:
    """What forgetting did."""
    if not done.finished:
        return Rendered(discord.Embed(description=texts.NOT_FINISHED))
    said = [texts.DONE.format(where=texts.EVERYWHERE if everywhere else texts.HERE)]
    said += [str(texts.DONE_DATASETS.of(done.datasets))] if done.datasets else []
    said += [str(texts.DONE_TRAINED)] if done.trained else []
    return Rendered(discord.Embed(description=" ".join([*said, str(texts.DONE_LATER)])))


async def show_export(interaction: Interaction) -> None:
    """Answer with the member's files, which nobody else sees."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    app = interaction.client.app
    made = await app.privacy.export(guild_id(interaction), interaction.user.id, interaction.filesize_limit)
    files = [discord.File(io.BytesIO(file.content), file.name) for file in made.files if made.rows]
    said = _exported(made, app.privacy.overview().contact)
    if not files:
        await interaction.edit_original_response(content=said)
        return
    await interaction.edit_original_response(content=said, attachments=files[:1])
    for file in files[1:]:
        await interaction.followup.send(file=file, ephemeral=True)


def _exported(made: Export, contact: str) -> str:
    if not made.rows:
        return str(texts.NOTHING_STORED)
    if not made.left_out:
        return str(texts.EXPORTED.of(made.rows))
    values = {"rows": made.rows, "left_out": made.left_out, "files": len(made.files)}
    return markdown(texts.EXPORTED_PART, {**values, "whom": contact or texts.MANAGERS})


async def ask(interaction: Interaction, *, everywhere: bool) -> None:
    """Ask the member whether to forget them."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    counted = await interaction.client.app.forgetting.count(guild_id(interaction), interaction.user.id)
    card = question_card(counted, everywhere=everywhere)
    await interaction.edit_original_response(embed=card.embed, view=card.view)


class ExportButton(RowButton, custom_id="export-me"):
    """Exports the data of whoever presses it."""

    label, emoji = texts.EXPORT, "📦"

    async def press(self, interaction: Interaction) -> None:
        await show_export(interaction)


class AskButton(RowButton, custom_id="ask-forget-me"):
    """Asks whoever presses it whether to forget them."""

    label, emoji = texts.FORGET, "🗑️"

    async def press(self, interaction: Interaction) -> None:
        await ask(interaction, everywhere=self.row_id == EVERYWHERE)


class ForgetButton(RowButton, custom_id="forget-me"):
    """Forgets whoever presses it, for good. Its number says where."""

    label, emoji, style = texts.CONFIRM, "🗑️", discord.ButtonStyle.danger

    async def press(self, interaction: Interaction) -> None:
        everywhere = self.row_id == EVERYWHERE
        await interaction.response.defer()
        forgetting = interaction.client.app.forgetting
        done = await forgetting.forget(guild_id(interaction), interaction.user.id, everywhere=everywhere)
        await interaction.edit_original_response(embed=forgotten_card(done, everywhere=everywhere).embed, view=None)


BUTTONS = (ExportButton, AskButton, ForgetButton)
