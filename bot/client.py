"""The Discord side of the process: one bot, its commands, and its going up and down."""

import asyncio
import gc
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeAlias

import aiohttp
import discord
from cachetools import FIFOCache
from discord import app_commands
from discord.ext import commands
from yarl import URL

from bot.app import App
from bot.command_log import begin_command
from bot.errors import StartupError, UserError
from bot.lazy_numpy import load_numpy
from bot.monitoring.health import GatewayState
from bot.outbox import Outbox, Sender
from bot.request import Request, begin_request
from bot.settings import Settings
from bot.store.database import hurry
from bot.texts import common as texts
from bot.texts.language import TRANSLATED, digest, language_for, language_of_server, note_server, speak, translations

log = logging.getLogger(__name__)

EXTENSIONS = (
    "cogs.slogan",
    "cogs.joke",
    "cogs.ask",
    "cogs.similarity",
    "cogs.dataset",
    "cogs.finetune",
    "cogs.models",
    "cogs.prompt",
    "cogs.arena",
    "cogs.contribute",
    "cogs.top",
    "cogs.usage",
    "cogs.settings",
    "cogs.limits",
    "cogs.moderation",
    "cogs.labels",
    "cogs.privacy",
)
TREE_KEY = "command_tree"
RESTRICTED_AS = "command"  # in a context menu's extras
COMMANDS = "command"  # the context of what commands say of themselves in the catalogue of translations
# Container managers kill what has not ended ten seconds after they asked.
DRAIN_SECONDS = 8.0
# Close codes with which Discord ends a session for good, beside that of a wrong token.
AUTHENTICATION_FAILED = 4004
# A gateway may deliver an event twice, and a resumed session repeats events: these many interactions are remembered.
MAX_REMEMBERED = 4096
TRANSPORT_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)

# Answers a failed command, button or form. Never raises.
Explain: TypeAlias = Callable[[discord.Interaction[Any], Exception], Awaitable[None]]


class CommandTexts(app_commands.Translator):
    """Tells Discord what commands say of themselves in other languages, once they are registered.

    Names of commands and options stay English, since every text and page names them so. A menu's or choice's name is only read.
    """

    def is_translated(self, context: app_commands.TranslationContextTypes) -> bool:
        """Whether this is a text that people read, and not a name that they type."""
        where = app_commands.TranslationContextLocation
        names = (where.command_name, where.group_name, where.parameter_name)
        return context.location not in names or isinstance(context.data, app_commands.ContextMenu)

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        if locale.value not in TRANSLATED or not self.is_translated(context):
            return None
        return translations(locale.value).pgettext(COMMANDS, string.message)


class PunchlineTree(app_commands.CommandTree["PunchlineBot"]):
    """Tells the bot of every command under way, and hands every failure to its error exit."""

    async def interaction_check(self, interaction: discord.Interaction["PunchlineBot"], /) -> bool:
        """False for one that came before, and for one that is refused: while the bot goes down, or where the server does not offer it."""
        try:
            if not self.client.track(interaction):
                return False
            if interaction.type is not discord.InteractionType.autocomplete:
                await self.client.require_access(interaction, _restricted_as(interaction.command))
        except Exception as error:  # noqa: BLE001  # the library hands on only errors of its own
            await self.client.explain(interaction, error)
            return False
        return True

    async def on_error(
        self, interaction: discord.Interaction["PunchlineBot"], error: app_commands.AppCommandError, /
    ) -> None:
        await self.client.explain(interaction, error)


class PunchlineBot(commands.AutoShardedBot):
    """The bot: guilds intent only, no caches that it does not need, mentions off wherever it writes."""

    def __init__(self, app: App, explain: Explain) -> None:
        super().__init__(
            shard_count=app.settings.shard_count,
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
        self.explain = explain
        self._under_way: dict[asyncio.Task[Any], discord.Interaction[Any]] = {}
        self._seen: FIFOCache[int, None] = FIFOCache(MAX_REMEMBERED)
        self._draining = False

    async def setup_hook(self) -> None:
        """Load every cog; one that is broken stops the start."""
        await self.tree.set_translator(CommandTexts())
        for extension in EXTENSIONS:
            await self.load_extension(extension)
        await self._sync_commands()

    async def _sync_commands(self) -> None:
        fingerprint = self.fingerprint(self.application_id)
        if await self.app.state.get(TREE_KEY) == fingerprint:
            return
        if not await self.may_sync_commands():
            log.info("The commands have changed. Another process registers them.")
            return
        await self.tree.sync()
        await self.app.state.set(TREE_KEY, fingerprint)
        log.info("The commands have changed and were registered with Discord.")

    async def may_sync_commands(self) -> bool:
        """Whether nobody else does so at the moment."""
        return True

    async def hand_over(self) -> None:
        """Let go of the connections to Discord, if another process goes on with them."""

    def fingerprint(self, application_id: int | None) -> str:
        """A hash of the commands that are loaded, and of all translations, for this application."""
        payload = [one.to_dict(self.tree) for one in self.tree.get_commands()]
        known = [application_id, payload, [digest(language) for language in TRANSLATED]]
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()

    async def on_ready(self) -> None:
        """Say so in the log; operators and tests wait for this line."""
        self.note_servers()
        log.info("Ready as %s in %d servers.", self.user, len(self.guilds))
        await load_numpy()

    def note_servers(self) -> None:
        """Learn the languages of all servers."""
        for guild in self.guilds:
            note_server(guild.id, guild.preferred_locale.value)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Learn the server's language."""
        note_server(guild.id, guild.preferred_locale.value)

    async def on_guild_update(self, _before: discord.Guild, after: discord.Guild) -> None:
        """Learn the server's language, which may have changed."""
        note_server(after.id, after.preferred_locale.value)

    async def on_message(self, message: discord.Message, /) -> None:
        """Messages are not commands here."""

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        """Whatever fails outside of commands, in the log's own form."""
        log.exception("Handling of %s failed.", event_method)

    def track(self, interaction: discord.Interaction[Any]) -> bool:
        """The current task answers this interaction: it gets the time to finish when the bot goes down.

        False if the interaction came before: another task answers it. Raises `UserError` if the bot is going down.
        """
        if interaction.id in self._seen:
            log.info("Discord sent interaction %d again.", interaction.id)
            return False
        self._seen[interaction.id] = None
        if interaction.type is not discord.InteractionType.autocomplete:
            self._begin(interaction)
        return True

    async def require_access(self, interaction: discord.Interaction[Any], command: str) -> None:
        """Raises `LimitError` if the server offers this command elsewhere, or to others."""
        await self.app.access.require(request_of(interaction), command)

    def _begin(self, interaction: discord.Interaction[Any]) -> None:
        request = request_of(interaction)
        begin_request(request)
        begin_command(request)
        if self._draining:
            raise UserError(texts.RESTARTING)
        speak(_language(interaction))
        hurry(acknowledged=False)
        task = asyncio.current_task()
        if task is not None:
            self._under_way[task] = interaction
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._under_way.pop(task, None)

    def gateway(self) -> GatewayState:
        """How the connection to Discord stands."""
        latency = {number: shard.latency for number, shard in self.shards.items() if not shard.is_closed()}
        return GatewayState(self.is_ready(), len(self.shards), latency, len(self.guilds), len(self._under_way))

    async def drain(self, seconds: float = DRAIN_SECONDS) -> None:
        """Take on nothing more, let what is under way finish, and tell those who then still wait to try again."""
        self._draining = True
        if not self._under_way:
            return
        log.info("Finishing %d answers.", len(self._under_way))
        _, late = await asyncio.wait(set(self._under_way), timeout=seconds)
        waiting = [self._under_way[task] for task in late]
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.gather(*(self.explain(interaction, UserError(texts.RESTARTING)) for interaction in waiting))


def _restricted_as(command: app_commands.Command[Any, Any, Any] | app_commands.ContextMenu | None) -> str:
    """The command whose restrictions hold: that of its group, and for a menu the one that it names."""
    if isinstance(command, app_commands.Command):
        return (command.root_parent or command).name
    return str(command.extras.get(RESTRICTED_AS, "")) if command else ""


def request_of(interaction: discord.Interaction[Any]) -> Request:
    """Who asked, where, and with what."""
    user = interaction.user
    custom_id = str(dict(interaction.data or {}).get("custom_id", ""))
    return Request(
        id=interaction.id,
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        parent_id=getattr(interaction.channel, "parent_id", None),
        user_id=user.id,
        role_ids=frozenset(role.id for role in user.roles) if isinstance(user, discord.Member) else frozenset(),
        manager=interaction.permissions.manage_guild,
        command=interaction.command.qualified_name if interaction.command else custom_id.partition(":")[0],
        locale=interaction.locale.value,
        guild_locale=interaction.guild_locale.value if interaction.guild_locale else None,
    )


def _language(interaction: discord.Interaction[Any]) -> str:
    """The member's own, but the server's where a message that everybody sees is changed: otherwise it would be the last voter's."""
    message = interaction.message
    if message is not None and not message.flags.ephemeral and interaction.guild_id is not None:
        return language_of_server(interaction.guild_id)
    return language_for(interaction.locale.value)


def point_at_discord(settings: Settings) -> None:
    """Send everything to the Discord that the settings name."""
    discord.http.Route.BASE = settings.discord_api_base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.discord_gateway_url)


async def run_bot(
    app: App,
    explain: Explain,
    sender: Callable[[PunchlineBot], Sender],
    stopping: asyncio.Event,
    beside: Callable[[PunchlineBot], AbstractAsyncContextManager[object]] = nullcontext,
    make: Callable[[App, Explain], PunchlineBot] = PunchlineBot,
) -> None:
    """Log in and serve until asked to stop, or cancelled; `beside` runs as long. Raises `StartupError` when Discord does not let the bot in."""
    point_at_discord(app.settings)
    async with make(app, explain) as bot, beside(bot):
        serving = asyncio.create_task(_serve(bot, sender(bot)))
        asked = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({serving, asked}, return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            await bot.hand_over()
            await bot.drain()
        finally:
            for task in (serving, asked):
                task.cancel()
            await asyncio.gather(serving, asked, return_exceptions=True)


async def _serve(bot: PunchlineBot, sender: Sender) -> None:
    """The outbox opens once the cogs are loaded, and closes before them."""
    await let_in(bot.login(bot.app.settings.discord_token.get_secret_value()))
    gc.freeze()  # what is loaded stays: to look through it for garbage would stop the event loop for 0.1 s, again and again
    async with Outbox(bot.app.database, sender, bot.app.clock, bot.app.serves).running():
        await let_in(bot.connect())


async def let_in(step: Coroutine[Any, Any, None]) -> None:
    """Log in or connect. Raises `StartupError` where Discord does not let the bot in."""
    try:
        await step
    except discord.LoginFailure as error:
        raise StartupError(texts.LOGIN_REFUSED) from error
    except discord.PrivilegedIntentsRequired as error:
        raise StartupError(texts.INTENTS_REFUSED) from error
    except discord.ConnectionClosed as error:
        refused = texts.LOGIN_REFUSED if error.code == AUTHENTICATION_FAILED else None
        raise StartupError(refused or texts.SESSION_ENDED.format(code=error.code)) from error
    except (discord.HTTPException, discord.GatewayNotFound, *TRANSPORT_ERRORS) as error:
        raise StartupError(texts.NO_DISCORD.format(error=error)) from error
