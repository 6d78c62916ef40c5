"""The Discord side of the process: one bot, its commands, and the one exit for errors."""

import hashlib
import json
import logging
import secrets
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from yarl import URL

from bot.app import App
from bot.errors import ModelServerError, StartupError, UserError
from bot.settings import Settings

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.slogan",
    "cogs.joke",
    "cogs.similarity",
    "cogs.dataset",
    "cogs.finetune",
    "cogs.notices",
    "cogs.models",
    "cogs.settings",
    "cogs.labels",
)
TREE_KEY = "command_tree"
LIMIT_TEXT = 2000
NO_RIGHTS = "Only members with the Manage Server permission can do this."


class PunchlineTree(app_commands.CommandTree["PunchlineBot"]):
    """Hands every failure of a command to the bot's error exit."""

    async def on_error(
        self, interaction: discord.Interaction["PunchlineBot"], error: app_commands.AppCommandError, /
    ) -> None:
        await self.client.explain(interaction, error)


class PunchlineBot(commands.AutoShardedBot):
    """The bot: guilds intent only, no caches that it does not need, mentions off wherever it writes."""

    def __init__(self, app: App) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=PunchlineTree,
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )
        self.app = app

    async def setup_hook(self) -> None:
        """Load every cog; one that is broken stops the start."""
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self._sync_commands()

    async def _sync_commands(self) -> None:
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        print_ = hashlib.sha256(json.dumps([self.application_id, payload], sort_keys=True).encode()).hexdigest()
        if await self.app.state.get(TREE_KEY) == print_:
            return
        await self.tree.sync()
        await self.app.state.set(TREE_KEY, print_)
        log.info("The commands have changed and were registered with Discord.")

    async def on_ready(self) -> None:
        """Say so in the log; operators and tests wait for this line."""
        log.info("Ready as %s in %d servers.", self.user, len(self.guilds))

    async def on_message(self, message: discord.Message, /) -> None:
        """Messages are not commands here."""

    async def explain(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Answer a failed command, button or form: with its text if people may read it, else with an id that the log explains."""
        text = _readable(error)[:LIMIT_TEXT]
        try:
            if not interaction.response.is_done():
                await interaction.response.send_message(text, ephemeral=True)
            elif interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
                await _answer_instead_of_thinking(interaction, text)
            else:
                await interaction.followup.send(text, ephemeral=True)
        except discord.HTTPException as refusal:
            log.warning("Discord refused an answer: %s", refusal)


async def _answer_instead_of_thinking(interaction: discord.Interaction[Any], text: str) -> None:
    """Discord shows the first follow-up to a public "thinking" to everybody, and none at all once that is deleted.

    So the thinking is ended first, the text follows in private, and only then the public rest is taken away.
    """
    await interaction.edit_original_response(content="That did not work.")
    await interaction.followup.send(text, ephemeral=True)
    await interaction.delete_original_response()


def _readable(error: Exception) -> str:
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, ModelServerError):
        log.warning("%s (request %s): %r", cause, cause.request_id, cause.__cause__)
        return cause.markdown()
    if isinstance(cause, UserError):
        log.debug("Told a user: %s", cause)
        return cause.markdown()
    if isinstance(cause, app_commands.MissingPermissions):
        return NO_RIGHTS
    short_id = secrets.token_hex(4)
    log.error("Failure %s", short_id, exc_info=cause)
    return f"Something went wrong here, and it is not your fault. If it stays so, tell the bot's operator this number: {short_id}"


def point_at_discord(settings: Settings) -> None:
    """Send everything to the Discord that the settings name."""
    discord.http.Route.BASE = settings.discord_api_base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.discord_gateway_url)


async def run_bot(app: App) -> None:
    """Log in and serve until cancelled. Raises `StartupError` when Discord does not let the bot in."""
    point_at_discord(app.settings)
    async with PunchlineBot(app) as bot:
        try:
            await bot.start(app.settings.discord_token.get_secret_value())
        except discord.LoginFailure as error:
            raise StartupError("Discord refuses DISCORD_TOKEN. Copy it anew from the developer portal.") from error


async def check_token(settings: Settings) -> str:
    """The name that the token logs in as. Raises `StartupError`."""
    point_at_discord(settings)
    async with discord.Client(intents=discord.Intents.none()) as client:
        try:
            await client.login(settings.discord_token.get_secret_value())
        except discord.LoginFailure as error:
            raise StartupError("Discord refuses it. Copy the token anew from the developer portal.") from error
        except (discord.HTTPException, OSError) as error:
            raise StartupError(f"Discord cannot be asked: {error}") from error
        return str(client.user)
