"""Buttons that belong to a row: they carry its number, so they still work after a restart."""

import re
from typing import Any, ClassVar, Self

import discord

from bot.client import PunchlineBot
from bot.texts.template import Text
from cogs.ui.admin import require_manager
from cogs.ui.answers import explain

Interaction = discord.Interaction[PunchlineBot]

LARGEST_NUMBER = 2**63 - 1  # that a row can have; a larger one in a forged id belongs to no row


class RowButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"(?!)"):
    """Base of all buttons. A subclass gives its `custom_id`, behind which stand the button's numbers, and works in `press`.

    Where a server restricts `command` to certain channels or roles, the button is for those, too.
    """

    custom_id_prefix: ClassVar[str]
    label: ClassVar[Text | None] = None
    emoji: ClassVar[str | None] = None
    style: ClassVar[discord.ButtonStyle] = discord.ButtonStyle.secondary
    managers_only: ClassVar[bool] = False
    command: ClassVar[str | None] = None

    def __init_subclass__(cls, *, custom_id: str, **options: Any) -> None:
        super().__init_subclass__(template=re.compile(rf"{custom_id}:(?P<numbers>\d+(?::\d+)*)"), **options)
        cls.custom_id_prefix = custom_id

    def __init__(self, *numbers: int, label: str | Text | None = None, disabled: bool = False) -> None:
        """`numbers` begin with the row's; `label` stands in place of the class's own."""
        super().__init__(
            discord.ui.Button(
                label=str(label or self.label or "") or None,
                emoji=self.emoji,
                style=self.style,
                disabled=disabled,
                custom_id=":".join([self.custom_id_prefix, *map(str, numbers)]),
            )
        )
        self.numbers = numbers

    @property
    def row_id(self) -> int:
        """The row that the button belongs to."""
        return self.numbers[0]

    @classmethod
    async def from_custom_id(cls, _interaction: discord.Interaction[Any], _item: Any, match: re.Match[str], /) -> Self:
        return cls(*(min(int(number[:20]), LARGEST_NUMBER) for number in match["numbers"].split(":")))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run `press`; whatever it raises leaves through the bot's one error exit."""
        try:
            if not interaction.client.track(interaction):
                return
            if self.managers_only:
                require_manager(interaction)
            if self.command:
                await interaction.client.require_access(interaction, self.command)
            await self.press(interaction)
        except Exception as error:  # noqa: BLE001  # the library would only log it, and the member would see nothing
            await explain(interaction, error)

    async def press(self, interaction: Interaction) -> None:
        """What the button does."""
        raise NotImplementedError


def row_of(*buttons: RowButton) -> discord.ui.View:
    """A view of these buttons that never expires."""
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    return view


def guild_id(interaction: discord.Interaction[Any]) -> int:
    """The guild it happens in; commands are offered in guilds only."""
    if interaction.guild_id is None:
        raise discord.app_commands.NoPrivateMessage
    return interaction.guild_id
