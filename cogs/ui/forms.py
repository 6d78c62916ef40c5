"""Forms with one large field."""

from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.texts.template import clip
from cogs.ui.buttons import Interaction

LIMIT_LABEL = 45
Submit = Callable[[Interaction, str], Awaitable[None]]


class LinesForm(discord.ui.Modal):
    """Asks for lines, and hands them to `submit`; whatever that raises leaves through the bot's one error exit."""

    def __init__(self, title: str, label: str, placeholder: str, submit: Submit) -> None:
        super().__init__(title=clip(title, LIMIT_LABEL))
        self._lines: discord.ui.TextInput[Any] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph, placeholder=placeholder, max_length=4000, custom_id="lines"
        )
        self.add_item(discord.ui.Label(text=clip(label, LIMIT_LABEL), component=self._lines))
        self._submit = submit

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        """What was typed is ready."""
        await self._submit(interaction, self._lines.value)

    async def on_error(self, interaction: discord.Interaction[Any], error: Exception, /) -> None:  # type: ignore[override]  # as in discord.py's own
        """The bot's error exit."""
        await interaction.client.explain(interaction, error)
