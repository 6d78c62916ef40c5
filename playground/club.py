"""A small server in a simulated Discord, with the real bot in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import discord
import simcord
from discord import app_commands
from pydantic import SecretStr

from bot.app import App, open_app
from bot.client import PunchlineBot
from bot.clock import utc_now
from bot.database_url import SQLITE_PREFIX
from bot.errors import UserError
from bot.outbox import Outbox
from bot.settings import Settings
from cogs.delivery import DiscordSender
from cogs.ui.answers import explain
from cogs.ui.buttons import Interaction

CHAT_MODEL = "smollm2-135m"  # the bot falls back to practice-1 if the engine cannot offer or tune it
EMBEDDING_MODEL = "text-embedding-minilm-l6-v2"
FACE = "punchline"  # the hash of the bot's avatar


@dataclass(frozen=True)
class Club:
    """The server, who is in it, and the bot's own services."""

    app: App
    env: simcord.Env
    channel: simcord.ChannelHandle
    admin: simcord.MemberActor
    members: tuple[simcord.MemberActor, ...]


@asynccontextmanager
async def open_club(model_server: str) -> AsyncIterator[Club]:
    """Open the bot in a fresh world; `model_server` is an address that ends in /v1.

    The simulated Discord forgets everything at its end, so the bot's database does too: it lies in a temporary folder.
    Its rows would name messages that are gone, and its memory of registered commands would leave the new world without.
    """
    with TemporaryDirectory(prefix="punchline-", ignore_cleanup_errors=True) as folder:
        async with (
            open_app(_settings(model_server, Path(folder))) as app,
            app.running(),  # outside of the simulation, which would wait for its sleeps after each action
            simcord.run(bot := PunchlineBot(app, explain), shard_count=1) as env,
            Outbox(app.database, DiscordSender(bot), app.clock).running(),
        ):
            _take_refusals_for_answers(bot)
            yield await _furnish(app, env)


def _settings(model_server: str, folder: Path) -> Settings:
    """Settings from code alone: neither the environment nor `.env` has a say."""
    return Settings.model_construct(
        discord_token=SecretStr("simulated"),
        openai_api_key=SecretStr("none"),
        openai_base_url=model_server,
        database_url=f"{SQLITE_PREFIX}{folder / 'playground.db'}",
        chat_model=CHAT_MODEL,
        embedding_model=EMBEDDING_MODEL,
        finetune_model=CHAT_MODEL,
        contributions="on",
    )


def _take_refusals_for_answers(bot: PunchlineBot) -> None:
    """The simulator takes every error of a command for a failed action, also those whose text a member is meant to read."""
    report = bot.tree.on_error

    async def on_error(interaction: Interaction, error: app_commands.AppCommandError) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, UserError | app_commands.CheckFailure):
            await explain(interaction, error)
        else:
            await report(interaction, error)

    bot.tree.on_error = on_error  # type: ignore[method-assign]  # as the simulator itself does


async def _furnish(app: App, env: simcord.Env) -> Club:
    env.backend.clock.now = utc_now  # type: ignore[method-assign]  # the simulation's own stands still, at a made-up date
    env.settle_timeout = 60  # a chart is drawn by a process, which takes its time on a busy machine
    if env.bot.user:
        await env.bot.user.edit(username="Punchline")
    env.backend.bot_user.avatar = FACE  # the simulated Discord takes no picture from the bot itself
    guild = env.create_guild("Comedy Club")
    managers = guild.create_role("Manager", permissions=discord.Permissions(manage_guild=True))
    return Club(
        app=app,
        env=env,
        channel=guild.create_text_channel("jokes", topic="Jokes by a model of our own"),
        admin=guild.add_member(env.create_user("ada", global_name="Ada (admin)"), roles=[managers]),
        members=tuple(
            guild.add_member(env.create_user(name, global_name=shown))
            for name, shown in (("ben", "Ben"), ("cleo", "Cleo"))
        ),
    )
