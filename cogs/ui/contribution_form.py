"""The form for a contribution: the terms, the example, and a tick for consent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

from bot.contributions.consent import Terms
from bot.contributions.service import MAX_PUNCHLINE, MAX_SCENARIO
from bot.texts import contributions as texts
from bot.texts import importing as example_texts
from bot.texts.template import Text
from cogs.ui.buttons import Interaction
from cogs.ui.forms import Form


@dataclass(frozen=True)
class Filled:
    """What was typed, the terms in the form, and whether the member ticked them."""

    terms: Terms
    scenario: str
    punchline: str
    agreed: bool


SubmitFilled = Callable[[Interaction, Filled], Awaitable[None]]


class ContributionForm(Form):
    """Shows the terms and passes the fields to `submit`. Discord's own clients require the tick; others may not."""

    def __init__(self, terms: Terms, submit: SubmitFilled) -> None:
        super().__init__(texts.FORM_TITLE, "contribution_form")
        short, long = discord.TextStyle.short, discord.TextStyle.paragraph
        self._terms = terms
        self._scenario = _field(short, example_texts.SCENARIO_HINT[terms.kind], "scenario", MAX_SCENARIO)
        self._punchline = _field(long, example_texts.PUNCHLINE_HINT[terms.kind], "punchline", MAX_PUNCHLINE)
        agree = discord.CheckboxGroupOption(label=str(texts.AGREE), value="yes", description=str(texts.AGREE_HINT))
        self._consent: discord.ui.CheckboxGroup[Any] = discord.ui.CheckboxGroup(custom_id="consent", options=[agree])
        self.add_item(discord.ui.TextDisplay(terms.consent))
        self.add_item(discord.ui.Label(text=str(example_texts.SCENARIO[terms.kind]), component=self._scenario))
        self.add_item(discord.ui.Label(text=str(example_texts.PUNCHLINE[terms.kind]), component=self._punchline))
        self.add_item(discord.ui.Label(text=str(texts.AGREE_LABEL), component=self._consent))
        self._submit = submit

    async def submitted(self, interaction: Interaction) -> None:
        agreed = "yes" in self._consent.values
        filled = Filled(self._terms, self._scenario.value, self._punchline.value, agreed)
        await self._submit(interaction, filled)


def _field(style: discord.TextStyle, hint: Text, name: str, most: int) -> discord.ui.TextInput[Any]:
    return discord.ui.TextInput(style=style, placeholder=str(hint), max_length=most, custom_id=name)
