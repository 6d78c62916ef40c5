"""Commands are registered when they changed and only then, and a broken extension stops the start."""

from collections.abc import Callable
from pathlib import Path

import discord
import pytest
import simcord
from discord.ext import commands
from simcord import Env

import bot.client
from bot.app import App, open_app
from bot.client import EXTENSIONS, TREE_KEY, PunchlineBot
from bot.settings import Settings

NewBot = Callable[[App], PunchlineBot]


def syncs(env: Env) -> int:
    return sum(request.method == "PUT" and request.path.endswith("/commands") for request in env.http_requests)


async def test_the_first_start_registers_the_commands_and_later_ones_do_not(
    app: App, env: Env, settings: Settings, new_bot: NewBot
) -> None:
    assert syncs(env) == 1
    await env.restart_bot(new_bot(app))
    async with open_app(settings) as again:
        await env.restart_bot(new_bot(again))
        assert syncs(env) == 1


async def test_a_changed_command_is_registered_anew(
    app: App, env: Env, new_bot: NewBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await app.state.get(TREE_KEY)
    monkeypatch.setattr(bot.client, "EXTENSIONS", EXTENSIONS[:-1])
    await env.restart_bot(new_bot(app))
    assert syncs(env) == 2
    assert await app.state.get(TREE_KEY) != before


async def test_what_discord_did_not_take_is_registered_at_the_next_start(app: App, new_bot: NewBot) -> None:
    env = Env(new_bot(app))
    env.inject_error("PUT", "/applications/*/commands", status=400, code=50035)
    with pytest.raises(discord.HTTPException, match="Failed to upload commands"):
        await env.start()
    assert await app.state.get(TREE_KEY) is None
    async with simcord.run(new_bot(app)) as env:
        assert syncs(env) == 1
    assert await app.state.get(TREE_KEY) is not None


async def test_a_broken_extension_stops_the_start_before_anything_is_registered(
    app: App, new_bot: NewBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken_cog.py").write_text("async def setup(bot):\n    raise RuntimeError('no table')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(bot.client, "EXTENSIONS", (*EXTENSIONS, "broken_cog"))
    with pytest.raises(commands.ExtensionFailed, match=r"'broken_cog'.*RuntimeError: no table"):
        async with simcord.run(new_bot(app)):
            pass
    assert await app.state.get(TREE_KEY) is None
