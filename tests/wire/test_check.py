"""`python -m bot check` as a process: what it asks Discord, and what it says to each trouble."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.wire.conftest import TOKEN
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process
from tests.wire.shapes import APPLICATION_ID, Guild

pytestmark = pytest.mark.soak

EMBED_LINKS = 1 << 14


class Operator:
    """Someone who runs the bot, and checks it, on one database."""

    def __init__(self, discord: LoopbackDiscord, models: FakeModelServer, folder: Path) -> None:
        self.discord = discord
        self.folder = folder
        self._environment = {
            **discord.environment,
            "DISCORD_TOKEN": TOKEN,
            "OPENAI_API_KEY": "wire",
            "OPENAI_BASE_URL": models.url,
            "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        }

    async def check(self, **changes: str) -> tuple[int, list[str]]:
        """The exit code and what was printed about Discord."""
        async with Process("bot", {**self._environment, **changes}, "check", cwd=self.folder) as process:
            code = await process.ended()
        names = ("Discord token", "Starts", "Commands", "Intents", "Servers", "Server ")
        assert "Traceback" not in process.output
        return code, [line for line in process.lines if line[6:].startswith(names)]

    async def run_once(self) -> None:
        """Start the bot, and end it when it is ready."""
        async with Process("bot", self._environment, cwd=self.folder) as bot:
            await bot.line("Ready as")

    def choose(self, **channels: int) -> None:
        """What an admin sets in the loopback's only server."""
        with closing(sqlite3.connect(self.folder / "bot.db")) as database:
            columns, marks = ", ".join(channels), ", ".join("?" * len(channels))
            database.execute(
                f"INSERT INTO guild_settings (guild_id, {columns}, updated_by, updated_at) VALUES (?, {marks}, 1, '')",  # noqa: S608  # ours
                (Guild().id, *channels.values()),
            )
            database.commit()


@pytest.fixture
async def operator(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path) -> Operator:
    return Operator(discord, models, tmp_path)


@pytest.fixture
async def strict(models: FakeModelServer, tmp_path: Path) -> AsyncIterator[Operator]:
    """In the server's only channel nobody may embed links."""
    async with LoopbackDiscord(Guild(denied=EMBED_LINKS), token=TOKEN) as discord:
        yield Operator(discord, models, tmp_path)


async def test_all_is_well_before_the_first_start_and_after_it(operator: Operator) -> None:
    code, before = await operator.check()
    await operator.run_once()
    _, after = await operator.check()
    count = len(operator.discord.record.commands)
    rest = [
        "ok    Intents: Discord accepts them; the bot needs no privileged intent",
        "ok    Servers: the bot is in 1",
        "ok    Server “Punsters”: the bot can write in 1 of 1 text channels",
    ]
    head = ["ok    Discord token: logs in as punchline", "ok    Starts: 1000 of 1000 left today"]
    assert (code, before) == (0, [*head, f"ok    Commands: the bot registers {count} when it starts", *rest])
    assert after == [*head, f"ok    Commands: {count} are registered", *rest]


async def test_commands_that_discord_lacks_are_registered_by_the_next_start(operator: Operator) -> None:
    await operator.run_once()
    record = operator.discord.record
    record.commands = [command for command in record.commands if command["name"] not in ("joke", "ask")]
    code, found = await operator.check()
    assert code == 1
    assert found[2] == "FAIL  Commands: Discord lacks ask, joke. Restart the bot: it registers all commands again."
    await operator.run_once()
    assert record.syncs == 2
    assert (await operator.check())[0] == 0


async def test_a_channel_where_the_bot_lacks_rights_is_named_with_them(strict: Operator) -> None:
    await strict.run_once()
    strict.choose(admin_channel_id=Guild().channel_id, digest_channel_id=404)
    code, found = await strict.check()
    assert code == 1
    assert found[-3:] == [
        "FAIL  Server “Punsters”: in #jokes, which `/settings channel` names, the bot lacks Embed Links. "
        "Give its role these there, or choose another channel.",
        "FAIL  Server “Punsters”: the channel of `/settings digest` is gone, or hidden from the bot. Let it see the channel, or choose "
        "another with `/settings digest`.",
        "FAIL  Server “Punsters”: the bot can write in no channel. Give its role View Channel, Send Messages, Embed Links, "
        "Attach Files in one.",
    ]


async def test_a_refused_token_is_one_line_and_ends_the_look_at_discord(operator: Operator) -> None:
    code, found = await operator.check(DISCORD_TOKEN="another-token")
    assert (code, found) == (
        1,
        ["FAIL  Discord token: Discord rejects DISCORD_TOKEN. Copy the token again from Discord's developer portal."],
    )


async def test_a_bot_that_may_not_start_any_more_is_not_made_to(operator: Operator) -> None:
    limit = {"total": 1000, "remaining": 0, "reset_after": 7_200_000, "max_concurrency": 1}
    body = {"url": operator.discord.environment["DISCORD_GATEWAY_URL"], "shards": 1, "session_start_limit": limit}
    operator.discord.refuse("GET", "/gateway/bot", 200, body)
    code, found = await operator.check()
    assert code == 1
    assert found[1] == (
        "FAIL  Starts: Discord allows no more starts today. Stop whatever restarts the bot, and wait 2 hours."
    )
    assert operator.discord.record.handshakes == []


async def test_a_gateway_that_refuses_the_session_is_named(operator: Operator) -> None:
    code, found = await operator.check(DISCORD_GATEWAY_URL="ws://127.0.0.1:9")
    assert code == 1
    assert found[-1].startswith("FAIL  Intents: Cannot reach Discord: ")


async def test_a_bot_in_no_server_gets_the_link_that_adds_it(models: FakeModelServer, tmp_path: Path) -> None:
    async with LoopbackDiscord(token=TOKEN) as discord:
        discord._gateway._guilds = ()  # the loopback itself always has one
        code, found = await Operator(discord, models, tmp_path).check()
    assert code == 1
    assert found[-1] == (
        f"FAIL  Servers: the bot is in none. Open https://discord.com/oauth2/authorize?client_id={APPLICATION_ID}"
        "&scope=bot+applications.commands&permissions=52224 to add it to one."
    )
