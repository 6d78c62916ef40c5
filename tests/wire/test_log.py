"""The log of a bot process: one line for each command, and nothing of a member in a default configuration."""

import json

import pytest

from tests.wire import replies
from tests.wire.conftest import TOKEN, BotFactory
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer

pytestmark = pytest.mark.soak

MEMBER, SCENARIO = 7_000_000_000_000_000_007, "a very private duck"


async def talk(discord: LoopbackDiscord, models: FakeModelServer) -> None:
    """A joke, a vote on it, and a joke that the model server refuses with the question in its refusal."""
    joke = await discord.command("joke", {"scenario": SCENARIO}, user_id=MEMBER)
    message = (await joke.answered).message
    await (await discord.press(message, "funny:1", user_id=MEMBER)).answered
    models.script("chat", replies.error(400, f"cannot read {SCENARIO}, {TOKEN}", code="bad_input"))
    await (await discord.command("joke", {"scenario": SCENARIO}, user_id=MEMBER)).answered


@pytest.mark.parametrize("log_format", ["text", "json"])
async def test_each_command_has_a_line_and_no_member_is_in_it(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory, log_format: str
) -> None:
    async with start_bot(models.url, LOG_FORMAT=log_format) as bot:
        await bot.bringing(discord.ready())
        await talk(discord, models)
        assert await bot.stop() == 0
    commands = [line for line in bot.lines if "bot.commands" in line]
    assert len(commands) == 3
    for told in (str(MEMBER), SCENARIO, "private duck", TOKEN):
        assert told not in bot.output
    if log_format == "json":
        entries = [json.loads(line) for line in bot.lines]
        ended = [entry for entry in entries if entry["logger"] == "bot.commands"]
        assert [(entry["command"], entry["outcome"]) for entry in ended] == [
            ("joke", "ok"),
            ("funny", "ok"),
            ("joke", "RequestRefusedError"),
        ]
        first = ended[0]
        assert 0 <= first["ack_ms"] <= first["ms"]
        assert first["prompt_tokens"] > 0
        (warning,) = [entry for entry in entries if entry["level"] == "WARNING" and "bad_input" in entry["message"]]
        assert warning["message"].startswith("RequestRefusedError: The model server declined the request. (bad_input)")
