"""The half of `python -m bot check` that asks Discord: token, intents, starts, commands, and rights in each server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import discord

from bot.app import App
from bot.checks.finding import Finding
from bot.client import EXTENSIONS, TREE_KEY, PunchlineBot, let_in, point_at_discord
from bot.cluster.identify_gate import StartLimit
from bot.errors import StartupError
from bot.settings import Settings
from bot.texts import checks as texts
from bot.texts import startup as startup_texts
from cogs.ui.answers import explain

if TYPE_CHECKING:
    from discord.types.gateway import SessionStartLimit  # cannot be imported before the rest of discord.types

SECONDS = 20.0
MAX_SERVERS = 100
FEW_STARTS = 10
# What the bot's messages need: cards, and charts as files.
NEEDED = discord.Permissions(view_channel=True, send_messages=True, embed_links=True, attach_files=True)
Channel: TypeAlias = discord.abc.GuildChannel | discord.Thread


async def look_at_discord(settings: Settings, app: App | None) -> AsyncIterator[Finding]:
    """Log in, connect as one shard for some seconds, and look. Nothing is sent, and no interaction answered."""
    point_at_discord(settings)
    token = settings.discord_token.get_secret_value()
    async with discord.Client(intents=discord.Intents.none()) as rest:
        try:
            async with asyncio.timeout(SECONDS):
                await let_in(rest.login(token))
                shards, _, starts = await rest.http.get_bot_gateway()
        except TimeoutError:
            yield Finding("Discord token", False, texts.INTENTS_LATE.format(seconds=SECONDS))
            return
        except (StartupError, discord.DiscordException) as error:
            yield Finding("Discord token", False, str(error))
            return
        yield Finding("Discord token", True, startup_texts.LOGS_IN.format(name=rest.user))
        yield _starts(starts)
        if app is not None:
            yield await _commands(app, rest)
    if starts["remaining"] > 0:
        if app is not None and app.cluster is not None:
            await app.cluster.gate.passed(0, partial(_limit, starts))
        async for finding in _gateway(token, settings.shard_count or shards, app):
            yield finding


async def _limit(starts: "SessionStartLimit") -> StartLimit:
    reset_after = timedelta(milliseconds=starts["reset_after"])
    return StartLimit(starts["remaining"], reset_after, starts["max_concurrency"])


def _starts(starts: "SessionStartLimit") -> Finding:
    left, total = starts["remaining"], starts["total"]
    if left == 0:
        hours = timedelta(milliseconds=starts["reset_after"]) / timedelta(hours=1)
        return Finding("Starts", False, texts.NO_STARTS.format(hours=hours))
    text = texts.STARTS if left >= FEW_STARTS else texts.FEW_STARTS
    return Finding("Starts", left >= FEW_STARTS, text.format(left=left, total=total))


async def _commands(app: App, rest: discord.Client) -> Finding:
    """Compare Discord's commands with the bot's. Where some are missing, the next start registers all again."""
    registered = {command["name"] for command in await rest.http.get_global_commands(rest.application_id or 0)}
    async with PunchlineBot(app, explain) as bot:  # never logs in
        for extension in EXTENSIONS:
            await bot.load_extension(extension)
        own = {command.name for command in bot.tree.get_commands()}
        current = bot.fingerprint(rest.application_id)
    if await app.state.get(TREE_KEY) != current:
        return Finding("Commands", True, texts.COMMANDS_LATER.format(count=len(own)))
    if own == registered:
        return Finding("Commands", True, texts.COMMANDS.format(count=len(own)))
    await app.state.set(TREE_KEY, "")
    missing, template = own - registered, texts.COMMANDS_WRONG
    if not missing:
        missing, template = registered - own, texts.COMMANDS_STRANGE
    return Finding("Commands", False, template.format(names=", ".join(sorted(missing))))


async def _gateway(token: str, shards: int, app: App | None) -> AsyncIterator[Finding]:
    """Connect with the bot's intents; what Discord then tells of the servers needs no further request."""
    try:
        async with _connected(token, shards) as client:
            yield Finding("Intents", True, texts.INTENTS)
            yield _servers(client, shards)
            for guild in client.guilds[:MAX_SERVERS]:
                for finding in await _server(guild, app):
                    yield finding
    except TimeoutError:
        yield Finding("Intents", False, texts.INTENTS_LATE.format(seconds=SECONDS))
    except StartupError as error:
        yield Finding("Intents", False, str(error))


@asynccontextmanager
async def _connected(token: str, shards: int) -> AsyncIterator[discord.Client]:
    """A client that Discord has told of its servers. Raises `StartupError`, and `TimeoutError`."""
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
        max_messages=None,
        shard_id=0,
        shard_count=shards,
    )
    async with client:
        await let_in(client.login(token))
        connecting = asyncio.create_task(let_in(client.connect(reconnect=False)))
        ready = asyncio.create_task(client.wait_until_ready())
        try:
            async with asyncio.timeout(SECONDS):
                await asyncio.wait({connecting, ready}, return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                connecting.result()
            yield client
        finally:
            connecting.cancel()
            ready.cancel()
            await asyncio.gather(connecting, ready, return_exceptions=True)


def _servers(client: discord.Client, shards: int) -> Finding:
    count = len(client.guilds)
    if shards > 1:
        return Finding("Servers", True, texts.SERVERS_OF_A_SHARD.format(count=count, others=shards - 1))
    if count == 0:
        link = texts.NO_SERVERS.format(id=client.application_id, permissions=NEEDED.value)
        return Finding("Servers", False, link)
    text = texts.ONE_SERVER if count == 1 else texts.SERVERS.format(count=count)
    if count > MAX_SERVERS:
        text += f"; {texts.MORE_SERVERS.format(count=count - MAX_SERVERS)}"
    return Finding("Servers", True, text)


async def _server(guild: discord.Guild, app: App | None) -> Sequence[Finding]:
    """What the bot lacks in a server: in the channels that its admins chose, or in all."""
    subject = f"Server “{guild.name}”"
    chosen: dict[str, int | None] = {}
    if app is not None:
        settings = await app.guild_settings.show(guild.id)
        chosen = {
            "/settings channel": settings.admin_channel_id,
            "/settings digest": settings.digest_channel_id,
        }
    problems = [_problem(guild, command, number) for command, number in chosen.items() if number is not None]
    open_ones = [channel for channel in guild.text_channels if not _lacks(channel)]
    if not open_ones:
        problems.append(texts.CANNOT_WRITE.format(permissions=_names(NEEDED)))
    found = [Finding(subject, False, problem) for problem in problems if problem]
    text = texts.CAN_WRITE.format(count=len(open_ones), total=len(guild.text_channels))
    return found or [Finding(subject, True, text)]


def _problem(guild: discord.Guild, command: str, number: int) -> str | None:
    channel = guild.get_channel_or_thread(number)
    if channel is None or not channel.permissions_for(guild.me).view_channel:
        return texts.CHANNEL_GONE.format(command=command)
    lacks = _lacks(channel)
    if not lacks:
        return None
    return texts.CHANNEL_CLOSED.format(channel=channel.name, command=command, permissions=_names(lacks))


def _lacks(channel: Channel) -> discord.Permissions:
    """What the bot may not do there, of what it needs."""
    granted = channel.permissions_for(channel.guild.me)
    needed = NEEDED
    if isinstance(channel, discord.Thread):
        needed = discord.Permissions(NEEDED.value)
        needed.update(send_messages=False, send_messages_in_threads=True)
    return discord.Permissions(needed.value & ~granted.value)


def _names(permissions: discord.Permissions) -> str:
    """As Discord's settings call them; discord.py has an older name for one."""
    names = ("view_channel" if name == "read_messages" else name for name, given in permissions if given)
    return ", ".join(name.replace("_", " ").title() for name in names)
