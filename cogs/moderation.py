"""`/moderation`: what members may ask and models may say in a server."""

import discord
from discord import app_commands

from bot.client import PunchlineBot
from bot.errors import InvalidInputError
from bot.moderation.levels import LEVELS
from bot.moderation.service import MAX_WORD_LENGTH, ModerationOverview
from bot.texts import cards
from bot.texts import moderation as texts
from bot.texts.template import clip, markdown
from cogs.ui.admin import MANAGERS, ManagerCog
from cogs.ui.buttons import Interaction, guild_id
from cogs.ui.choices import matching
from cogs.ui.text import MAX_DESCRIPTION, MAX_FIELD, typed

Word = app_commands.Range[str, 1, MAX_WORD_LENGTH]


@app_commands.default_permissions(MANAGERS)
class ModerationCog(
    ManagerCog, group_name="moderation", group_description="What members may ask and models may say in this server"
):
    """The level of the model server's moderation, the server's own words, alerts, and roles that are spared."""

    def __init__(self, bot: PunchlineBot) -> None:
        self._moderation = bot.app.moderation

    @app_commands.command()
    async def show(self, interaction: Interaction) -> None:
        """Show how this server is moderated"""
        await self._answer(interaction)

    @app_commands.command()
    @app_commands.describe(
        level="normal: what the model server flags; strict: also what comes near to it; off: nothing"
    )
    @app_commands.choices(level=[app_commands.Choice(name=level, value=level) for level in LEVELS])
    async def level(self, interaction: Interaction, level: app_commands.Choice[str]) -> None:
        """Choose how strict the model server's moderation is here"""
        await self._moderation.set_level(guild_id(interaction), interaction.user.id, level.value)
        await self._answer(interaction)

    @app_commands.command()
    @app_commands.describe(channel="Where alerts go: who, where and why, never the text", clear="Send no alerts")
    async def alerts(
        self, interaction: Interaction, channel: discord.TextChannel | None = None, clear: bool = False
    ) -> None:
        """Show, choose or clear the channel for alerts about what was blocked"""
        if channel is not None and clear:
            raise InvalidInputError(cards.ONE_CHOICE)
        if channel is not None or clear:
            chosen = channel.id if channel else None
            await self._moderation.set_alert_channel(guild_id(interaction), interaction.user.id, chosen)
        await self._answer(interaction)

    @app_commands.command()
    @app_commands.describe(role="Whose members are not moderated", remove="Moderate them again")
    async def bypass(self, interaction: Interaction, role: discord.Role, remove: bool = False) -> None:
        """Spare the members of a role; the operator's own list of words applies to all"""
        if remove:
            await self._moderation.spare_no_longer(guild_id(interaction), role.id)
        else:
            await self._moderation.spare(guild_id(interaction), interaction.user.id, role.id)
        await self._answer(interaction)

    @app_commands.command()
    @app_commands.describe(word="A word, several words, or a sign; in a single word * stands for any letters")
    async def block(self, interaction: Interaction, word: Word) -> None:
        """Block a word: nobody may ask with it, and no model may answer with it"""
        entry = await self._moderation.block(guild_id(interaction), interaction.user.id, word)
        await interaction.response.send_message(markdown(texts.BLOCKED, {"word": entry}), ephemeral=True)

    @app_commands.command()
    @app_commands.describe(word="Which word")
    async def unblock(self, interaction: Interaction, word: Word) -> None:
        """Allow a word that was blocked"""
        entry = await self._moderation.unblock(guild_id(interaction), word)
        await interaction.response.send_message(markdown(texts.UNBLOCKED, {"word": entry}), ephemeral=True)

    @app_commands.command()
    async def words(self, interaction: Interaction) -> None:
        """List the words that are blocked here"""
        words = (await self._moderation.show(guild_id(interaction))).rules.words
        text = typed("\n".join(words), MAX_DESCRIPTION) if words else texts.NO_WORDS
        embed = discord.Embed(title=texts.WORDS, description=text)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @unblock.autocomplete("word")
    async def _blocked(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return matching(current, (await self._moderation.show(guild_id(interaction))).rules.words)

    async def _answer(self, interaction: Interaction) -> None:
        overview = await self._moderation.show(guild_id(interaction))
        await interaction.response.send_message(embed=_card(overview), ephemeral=True)


def _card(overview: ModerationOverview) -> discord.Embed:
    rules = overview.rules
    embed = discord.Embed(title=texts.TITLE)
    level = texts.LEVELS[overview.level] if overview.on else texts.OPERATOR_OFF
    embed.add_field(name=texts.LEVEL, value=level, inline=False)
    channel = f"<#{rules.alert_channel_id}>" if rules.alert_channel_id else texts.NONE
    embed.add_field(name=texts.ALERTS, value=channel, inline=False)
    embed.add_field(
        name=texts.WORDS, value=texts.COUNT.of(len(rules.words)) if rules.words else texts.NONE, inline=False
    )
    roles = " ".join(f"<@&{role_id}>" for role_id in sorted(rules.bypass_role_ids))
    embed.add_field(name=texts.ROLES, value=clip(roles, MAX_FIELD) or texts.NONE, inline=False)
    return embed.set_footer(text=texts.HINT)


async def setup(bot: PunchlineBot) -> None:
    await bot.add_cog(ModerationCog(bot))
