"""Cards for prompts: a new version, the list, and the button to use one."""

import discord

from bot.store.models import RegisteredModel
from bot.store.prompts import Prompt, PromptUse
from bot.texts import prompts as texts
from bot.texts.template import clip, escape, markdown, plain
from bot.writing.prompts import SHIPPED, GuildPrompts
from cogs.ui.buttons import Interaction, RowButton, guild_id, row_of
from cogs.ui.dataset_cards import counted
from cogs.ui.message import Rendered
from cogs.ui.models import called
from cogs.ui.text import MAX_FIELD, MAX_TITLE, listing, member, typed

MAX_SHOWN_SYSTEM = 100
MAX_INSTRUCTION = 300


def saved_card(prompt: Prompt) -> Rendered:
    """A version that is new."""
    text = str(texts.SAVED_NEXT) + str(texts.IN_ARENA if prompt.kind == "joke" else "")
    title = clip(markdown(texts.SAVED, {"name": prompt.label}), MAX_TITLE)
    embed = discord.Embed(title=title, description=text)
    embed.add_field(name=texts.FIELD_SYSTEM, value=typed(prompt.system, MAX_FIELD), inline=False)
    embed.add_field(name=texts.FIELD_EXAMPLES, value=counted(len(prompt.examples)))
    embed.add_field(name=texts.FIELD_STEP, value=_step(prompt))
    return Rendered(embed, view=row_of(UsePromptButton(prompt.id)))


def list_card(found: GuildPrompts) -> discord.Embed:
    """All prompts, the ones in use, and the last switches."""
    first = [
        plain(texts.SHIPPED_LINE, {"mark": _mark(in_use=kind not in found.in_use), "kind": words})
        for kind, words in texts.OF_KIND.items()
    ]
    used = {prompt.id for prompt in found.in_use.values()}
    lines = [_line(prompt, in_use=prompt.id in used) for prompt in found.prompts]
    embed = discord.Embed(title=texts.LIST_TITLE, description=listing([*first, *lines]))
    if found.uses:
        switches = clip("\n".join(map(_switch, found.uses)), MAX_FIELD)
        embed.add_field(name=texts.LAST_SWITCHES, value=switches, inline=False)
    return embed.set_footer(text=texts.LIST_FOOTER)


def used_text(kind: str, prompt: Prompt | None, tuned: RegisteredModel | None) -> str:
    """The reply after a switch, with a note if a fine-tuned model comes first."""
    named = f"**{escape(prompt.label)}**" if prompt else texts.THE_SHIPPED
    said = texts.USED[kind].format(prompt=named)
    return said + (texts.TUNED_FIRST[kind].format(model=called(tuned, kind)) if tuned else "")


async def use_prompt(interaction: Interaction, kind: str, prompt: Prompt | None) -> None:
    """Use the prompt, and reply."""
    app, guild = interaction.client.app, guild_id(interaction)
    await app.prompts.use(guild, interaction.user.id, kind, prompt)
    tuned = (await app.registry.models(guild)).active.get(kind)
    await interaction.response.send_message(used_text(kind, prompt, tuned))


class UsePromptButton(RowButton, custom_id="use-prompt"):
    """Makes the base model use this version."""

    label, emoji, style, managers_only = texts.USE, "✅", discord.ButtonStyle.success, True

    async def press(self, interaction: Interaction) -> None:
        prompt = await interaction.client.app.prompts.numbered(guild_id(interaction), self.row_id)
        await use_prompt(interaction, prompt.kind, prompt)


def _mark(*, in_use: bool) -> str:
    return "▶️" if in_use else "▫️"


def _line(prompt: Prompt, *, in_use: bool) -> str:
    values = {
        "mark": _mark(in_use=in_use),
        "label": prompt.label,
        "kind": texts.OF_KIND[prompt.kind],
        "examples": counted(len(prompt.examples)),
        "step": texts.THEN[prompt.step],
        "system": clip(" ".join(prompt.system.split()), MAX_SHOWN_SYSTEM),
    }
    return markdown(texts.LINE, values)


def _step(prompt: Prompt) -> str:
    told = clip(prompt.instruction or "", MAX_INSTRUCTION)
    instruction = plain(texts.BY_INSTRUCTION, {"instruction": told}) if told else ""
    return markdown(texts.STEPS[prompt.step], {"instruction": instruction})


def _switch(use: PromptUse) -> str:
    when = discord.utils.format_dt(use.used_at, "f")
    label = escape(use.label) if use.label else SHIPPED
    return texts.SWITCH.format(when=when, label=label, kind=texts.OF_KIND[use.kind], member=member(use.used_by))


BUTTONS = (UsePromptButton,)
