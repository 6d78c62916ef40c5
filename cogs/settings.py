"""`/settings`: what server managers set for their server."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias, TypeVar

import discord
from discord import app_commands

from bot.characters import MAX_NAME_CODE_POINTS
from bot.client import PunchlineBot
from bot.errors import InvalidInputError
from bot.guild_settings import SettingsOverview
from bot.texts import cards as texts
from bot.texts import contributions as contribution_texts
from bot.texts.language import LANGUAGES
from bot.texts.template import markdown
from cogs.ui.admin import MANAGERS, ManagerCog
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import matching
from cogs.ui.text import dollars

MAX_DOLLARS = 100_000
DraftName = app_commands.Range[str, 1, MAX_NAME_CODE_POINTS]
T = TypeVar("T")
# Takes the server, who asked, and what was chosen (None: nothing).
Change: TypeAlias = Callable[[int, int, T | None], Awaitable[object]]


@app_commands.default_permissions(MANAGERS)
class SettingsCog(ManagerCog, group_name="settings", group_description="What server managers set for this server"):
    """The monthly cap on training, the channels for notices and the digest, and contributions. Without options a command only shows the settings."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._settings = bot.app.guild_settings
        self._contributions = bot.app.contributions
        self._drafts = bot.app.drafts

    @app_commands.command()
    async def show(self, interaction: Interaction) -> None:
        """Show this server's settings"""
        await self._answer(interaction, await self._settings.show(guild_id(interaction)))

    @app_commands.command()
    @app_commands.describe(amount="The most that training may cost in a month, in dollars", lift="Remove the cap")
    async def cap(
        self,
        interaction: Interaction,
        amount: app_commands.Range[float, 0, MAX_DOLLARS] | None = None,
        lift: bool = False,
    ) -> None:
        """Show, set or lift the monthly cap on training"""
        await self._change(interaction, amount, self._settings.set_cap, clear=lift)

    @app_commands.command()
    @app_commands.describe(
        channel="Where notices for server managers go",
        clear="Clear the channel; notices then go where the newest job was launched",
    )
    async def channel(
        self, interaction: Interaction, channel: discord.TextChannel | None = None, clear: bool = False
    ) -> None:
        """Show, choose or clear the channel for notices to server managers"""
        await self._change(interaction, channel.id if channel else None, self._settings.set_admin_channel, clear=clear)

    @app_commands.command()
    @app_commands.describe(channel="Where the week's best jokes and the ranking go", clear="Turn the digest off")
    async def digest(
        self, interaction: Interaction, channel: discord.TextChannel | None = None, clear: bool = False
    ) -> None:
        """Show, choose or clear the channel for a weekly digest"""
        await self._change(interaction, channel.id if channel else None, self._settings.set_digest, clear=clear)

    @app_commands.command()
    @app_commands.describe(
        language="The language of what the bot posts for everybody",
        clear="Take the language that the server has in Discord",
    )
    @app_commands.choices(language=[app_commands.Choice(name=name, value=code) for code, name in LANGUAGES.items()])
    async def language(
        self, interaction: Interaction, language: app_commands.Choice[str] | None = None, clear: bool = False
    ) -> None:
        """Show or choose the language of jobs, reports, notices and digests; answers are in each member's own"""
        await self._change(interaction, language.value if language else None, self._settings.set_language, clear=clear)

    @app_commands.command()
    @app_commands.describe(
        draft="The dataset in the making that members may add examples to", clear="Close contributions"
    )
    async def contributions(
        self, interaction: Interaction, draft: DraftName | None = None, clear: bool = False
    ) -> None:
        """Show, open or close contributions: examples that members give for training"""
        await self._change(interaction, draft, self._contributions.choose_draft, clear=clear)

    @contributions.autocomplete("draft")
    async def _drafts_named(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, [draft.name for draft in await self._drafts.list(guild_id(interaction))])

    async def _change(self, interaction: Interaction, chosen: T | None, change: Change[T], *, clear: bool) -> None:
        """Set what was chosen, or with `clear` nothing; then show the settings."""
        guild = guild_id(interaction)
        if chosen is not None and clear:
            raise InvalidInputError(texts.ONE_CHOICE)
        if chosen is not None or clear:
            await change(guild, interaction.user.id, chosen)
        await self._answer(interaction, await self._settings.show(guild))

    async def _answer(self, interaction: Interaction, overview: SettingsOverview) -> None:
        embed = _card(overview, contributions_on=self._contributions.on)
        await interaction.response.send_message(embed=embed, ephemeral=True)


def _card(overview: SettingsOverview, *, contributions_on: bool) -> discord.Embed:
    cap, channel = overview.cap, overview.admin_channel_id
    embed = discord.Embed(title=texts.SETTINGS)
    embed.add_field(name=texts.CAP, value=texts.NOT_SET if cap is None else dollars(cap))
    embed.add_field(name=texts.SPENT, value=dollars(overview.spent))
    embed.add_field(name=texts.ADMIN_CHANNEL, value=f"<#{channel}>" if channel else texts.NOT_SET, inline=False)
    digest = overview.digest_channel_id
    embed.add_field(name=texts.DIGEST, value=f"<#{digest}>" if digest else texts.NOT_SET, inline=False)
    chosen = LANGUAGES.get(overview.language or "", texts.LANGUAGE_IN_DISCORD)
    embed.add_field(name=texts.LANGUAGE, value=chosen, inline=False)
    state = _contributions(overview) if contributions_on else contribution_texts.STATE_OFF
    embed.add_field(name=contribution_texts.FIELD, value=state, inline=False)
    return embed.set_footer(text=texts.CHANGE_HINT)


def _contributions(overview: SettingsOverview) -> str:
    if overview.contribution_draft is None:
        return str(contribution_texts.STATE_CLOSED)
    is_open = overview.contribution_draft_id is not None
    template = contribution_texts.OPEN_FOR if is_open else contribution_texts.STATE_DELETED
    return markdown(template, {"draft": overview.contribution_draft})


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(SettingsCog(bot))
