"""The form for a version of a prompt."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord

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
from cogs.ui.answers import explain
from cogs.ui.buttons import Interaction
from cogs.ui.forms import MAX_LABEL_LENGTH

SubmitPrompt = Callable[[Interaction, PromptText], Awaitable[None]]
MAX_PLACEHOLDER = 100


class PromptForm(discord.ui.Modal):
    """Asks for a prompt's parts and passes them to `submit`. Errors go through the bot's one error handler."""

    def __init__(self, name: str, kind: str, latest: Prompt | None, submit: SubmitPrompt) -> None:
        """The fields start with the latest version of that name."""
        super().__init__(title=clip(plain(texts.FORM_TITLE, {"name": name}), MAX_LABEL_LENGTH))
        step, lines = (latest.step, as_lines(latest.examples)) if latest else (NONE, "")
        hint = clip(texts.EXAMPLES_HINT[kind], MAX_PLACEHOLDER)
        self._system = _field("system", MAX_SYSTEM, latest.system if latest else "", required=True)
        self._examples = _field("examples", MAX_EXAMPLES_CHARACTERS, lines, hint)
        self._step: discord.ui.Select[Any] = discord.ui.Select(
            custom_id="step",
            options=[
                discord.SelectOption(label=label, value=value, default=value == step)
                for value, label in texts.CHOICES.items()
            ],
        )
        written = (latest.instruction or "") if latest else ""
        self._instruction = _field("instruction", MAX_INSTRUCTION, written, texts.INSTRUCTION_HINT)
        for label, field in (
            (texts.FORM_SYSTEM, self._system),
            (texts.FORM_EXAMPLES, self._examples),
            (texts.FORM_STEP, self._step),
            (texts.FORM_INSTRUCTION, self._instruction),
        ):
            self.add_item(discord.ui.Label(text=clip(label, MAX_LABEL_LENGTH), component=field))
        self._submit = submit

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """What was typed is ready. Failures are answered here: the library would only log them."""
        try:
            interaction.client.track(interaction)
            step = next(iter(self._step.values), NONE)
            text = PromptText(self._system.value, self._examples.value, step, self._instruction.value)
            await self._submit(interaction, text)
        except Exception as error:  # noqa: BLE001  # the one error exit knows what to say
            await explain(interaction, error)


def _field(
    name: str, most: int, text: str, hint: str | None = None, *, required: bool = False
) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        style=discord.TextStyle.paragraph,
        placeholder=hint,
        max_length=most,
        custom_id=name,
        default=text or None,
        required=required,
    )
