"""Buttons that belong to a row: they carry its number, so they still work after a restart."""

import re
from typing import Any, ClassVar, Self

import discord

from bot.client import PunchlineBot

Interaction = discord.Interaction[PunchlineBot]


class RowButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"(?!)"):
    """Base of all buttons. A subclass names itself with a template `name:(?P<row>\\d+)`, sets `name`, and does its work in `press`."""

    name: ClassVar[str]
    label: ClassVar[str | None] = None
    emoji: ClassVar[str | None] = None
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary

    def __init__(self, row_id: int, label: str | None = None) -> None:
        super().__init__(
            discord.ui.Button(
                label=label or self.label, emoji=self.emoji, style=self.style, custom_id=f"{self.name}:{row_id}"
            )
        )
        self.row_id = row_id

    @classmethod
    async def from_custom_id(cls, _interaction: discord.Interaction[Any], _item: Any, match: re.Match[str], /) -> Self:
        return cls(int(match["row"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run `press`; whatever it raises leaves through the bot's one error exit."""
        try:
            await self.press(interaction)
        except Exception as error:  # noqa: BLE001  # the library would only log it, and the member would see nothing
            await interaction.client.explain(interaction, error)

    async def press(self, interaction: Interaction) -> None:
        """What the button does."""
        raise NotImplementedError


def row_of(*buttons: RowButton) -> discord.ui.View:
    """A view of these buttons that never expires."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    return view


def guild_id(interaction: Interaction) -> int:
    """The server it happens in; commands are offered in servers only."""
    if interaction.guild_id is None:
        raise discord.app_commands.NoPrivateMessage
    return interaction.guild_id
