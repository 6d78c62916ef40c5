"""The form for a version of a prompt."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.characters import visible
from bot.store.prompts import Prompt
from bot.texts import prompts as texts
from bot.texts.template import clip, plain
from bot.writing.prompts import (
    MAX_EXAMPLES_CHARACTERS,
    MAX_INSTRUCTION,
    MAX_SYSTEM,
    NONE,
    PromptText,
    as_lines,
)
from cogs.ui.buttons import Interaction
from cogs.ui.forms import MAX_LABEL_LENGTH, Form

SubmitPrompt = Callable[[Interaction, PromptText], Awaitable[None]]
MAX_PLACEHOLDER = 100


class PromptForm(Form):
    """Asks for a prompt's parts and passes them to `submit`."""

    def __init__(self, name: str, kind: str, latest: Prompt | None, submit: SubmitPrompt) -> None:
        """The fields start with the latest version of that name."""
        super().__init__(plain(texts.FORM_TITLE, {"name": name}), "prompt_form")
        step, lines = (latest.step, as_lines(latest.examples)) if latest else (NONE, "")
        hint = clip(texts.EXAMPLES_HINT[kind], MAX_PLACEHOLDER)
        self._system = _field("system", MAX_SYSTEM, latest.system if latest else "", required=True)
        self._examples = _field("examples", MAX_EXAMPLES_CHARACTERS, lines, hint)
        self._step: discord.ui.Select[Any] = discord.ui.Select(
            custom_id="step",
            options=[
                discord.SelectOption(label=str(label), value=value, default=value == step)
                for value, label in texts.CHOICES.items()
            ],
        )
        written = (latest.instruction or "") if latest else ""
        self._instruction = _field("instruction", MAX_INSTRUCTION, written, str(texts.INSTRUCTION_HINT))
        for label, field in (
            (texts.FORM_SYSTEM, self._system),
            (texts.FORM_EXAMPLES, self._examples),
            (texts.FORM_STEP, self._step),
            (texts.FORM_INSTRUCTION, self._instruction),
        ):
            self.add_item(discord.ui.Label(text=clip(label, MAX_LABEL_LENGTH), component=field))
        self._submit = submit

    async def submitted(self, interaction: Interaction) -> None:
        step = next(iter(self._step.values), NONE)
        text = PromptText(self._system.value, self._examples.value, step, self._instruction.value)
        await self._submit(interaction, text)


def _field(
    name: str, most: int, text: str, hint: str | None = None, *, required: bool = False
) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        style=discord.TextStyle.paragraph,
        placeholder=hint,
        max_length=most,
        custom_id=name,
        default=visible(text) or None,
        required=required,
    )
