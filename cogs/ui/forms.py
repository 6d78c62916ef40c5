"""The base of all forms, those with one field, and the one for an example."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.characters import visible
from bot.texts import importing as texts
from bot.texts import voice
from bot.texts.template import Text, clip
from cogs.ui.answers import explain
from cogs.ui.buttons import Interaction

MAX_LABEL_LENGTH = 45
MAX_LINES_LENGTH = 4000
MAX_SHORT_LENGTH = 100
SubmitPair = Callable[[Interaction, str, str], Awaitable[None]]
Submit = Callable[[Interaction, str], Awaitable[None]]


class Form(discord.ui.Modal):
    """Base of all forms. A subclass works in `submitted`."""

    def __init__(self, title: str | Text, name: str) -> None:
        """`name` stands in the log and in the usage for what the form starts."""
        super().__init__(title=clip(title, MAX_LABEL_LENGTH), custom_id=f"{name}:{secrets.token_hex(8)}")

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """Run `submitted`; whatever it raises leaves through the bot's one error exit."""
        try:
            if interaction.client.track(interaction):
                await self.submitted(interaction)
        except Exception as error:  # noqa: BLE001  # the library would only log it, and the member would see nothing
            await explain(interaction, error)

    async def submitted(self, interaction: Interaction) -> None:
        """What was typed is ready."""
        raise NotImplementedError


class TextForm(Form):
    """Asks for a text, and hands it to `submit`."""

    def __init__(self, title: str | Text, label: Text, placeholder: Text, submit: Submit, *, max_length: int) -> None:
        """A field of more than 400 characters has several lines."""
        super().__init__(title, "text_form")
        style = discord.TextStyle.paragraph if max_length > 400 else discord.TextStyle.short
        self._text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            style=style, placeholder=str(placeholder), max_length=max_length, custom_id="lines"
        )
        self.add_item(discord.ui.Label(text=clip(label, MAX_LABEL_LENGTH), component=self._text))
        self._submit = submit

    async def submitted(self, interaction: Interaction) -> None:
        await self._submit(interaction, self._text.value)


class CorrectionForm(Form):
    """Shows what was heard in a recording, and hands over what was meant."""

    def __init__(self, command: str, heard: str, characters: int, submit: Submit) -> None:
        """`command` is what the text is for."""
        super().__init__(voice.CORRECT_FORM, command)
        self._text: discord.ui.TextInput[Any] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, max_length=characters, custom_id="heard", default=clip(heard, characters)
        )
        self.add_item(discord.ui.Label(text=str(voice.CORRECT_LABEL), component=self._text))
        self._submit = submit

    async def submitted(self, interaction: Interaction) -> None:
        await self._submit(interaction, self._text.value)


class PairForm(Form):
    """Asks for a scenario and its punchline, and hands both to `submit`."""

    def __init__(
        self, title: Text, submit: SubmitPair, scenario: str = "", punchline: str = "", kind: str = "joke"
    ) -> None:
        """The fields may start with texts to edit. Their labels depend on `kind`."""
        super().__init__(title, "example_form")
        short, long = discord.TextStyle.short, discord.TextStyle.paragraph
        style = long if "\n" in scenario or len(scenario) > MAX_SHORT_LENGTH else short
        self._scenario = _field(style, texts.SCENARIO_HINT[kind], "scenario", scenario)
        self._punchline = _field(long, texts.PUNCHLINE_HINT[kind], "punchline", punchline)
        self.add_item(discord.ui.Label(text=str(texts.SCENARIO[kind]), component=self._scenario))
        self.add_item(discord.ui.Label(text=str(texts.PUNCHLINE[kind]), component=self._punchline))
        self._submit = submit

    async def submitted(self, interaction: Interaction) -> None:
        await self._submit(interaction, self._scenario.value, self._punchline.value)


def _field(style: discord.TextStyle, hint: Text, name: str, text: str) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(
        style=style, placeholder=str(hint), max_length=MAX_LINES_LENGTH, custom_id=name, default=visible(text) or None
    )


class LinesForm(TextForm):
    """Asks for lines."""

    def __init__(self, title: str | Text, label: Text, placeholder: Text, submit: Submit) -> None:
        super().__init__(title, label, placeholder, submit, max_length=MAX_LINES_LENGTH)
