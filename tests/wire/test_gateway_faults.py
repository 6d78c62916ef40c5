"""A gateway that fails in each of Discord's ways: whatever it does, a member's command is answered once, and costs once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.texts.common import RESTARTING
from tests.wire.conftest import BotFactory
from tests.wire.faults import GatewayFaults
from tests.wire.gate import Gate, Point
from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Interaction
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process
from tests.wire.shapes import MANAGE_GUILD, Json

pytestmark = pytest.mark.soak

Fault = Callable[[GatewayFaults], Awaitable[None]]

RESUMED: dict[str, Fault] = {
    "a connection that is cut": lambda faults: faults.drop(),
    "close code 4000": lambda faults: faults.drop(4000),
    "close code 1001": lambda faults: faults.drop(1001),
    "op 7": lambda faults: faults.reconnect(),
    "op 9 that allows a resume": lambda faults: faults.invalidate(resumable=True),
}
BEGUN_ANEW: dict[str, Fault] = {
    "op 9 that forbids a resume": lambda faults: faults.invalidate(resumable=False),
    "close code 4009": lambda faults: faults.drop(4009, resumable=False),
    "a session that Discord forgot": lambda faults: faults.drop(resumable=False),
}


@dataclass
class Members:
    """Members at work, and all that they sent."""

    discord: LoopbackDiscord
    models: FakeModelServer
    folder: Path
    sent: list[Interaction] = field(default_factory=list)

    async def joke(self, scenario: str = "A duck") -> Interaction:
        self.sent.append(await self.discord.command("joke", {"scenario": scenario}, user_id=1000 + len(self.sent)))
        return self.sent[-1]

    async def jokes(self, number: int) -> list[Interaction]:
        return [await self.joke(f"Scenario {n}") for n in range(number)]

    async def press(self, message: Json, button: str, **who: Any) -> Interaction:
        self.sent.append(await self.discord.press(message, button, **who))
        return self.sent[-1]

    async def were_answered_once(self) -> None:
        """Each has one acknowledgement and one answer."""
        await asyncio.gather(*(one.answered for one in self.sent))
        record = self.discord.record
        callbacks = [len(record.sent("POST", f"/interactions/{one.id}/*/callback")) for one in self.sent]
        assert callbacks == [1] * len(self.sent)
        answers = [len([message for message in one.messages if message is not one.source]) for one in self.sent]
        assert set(answers) <= {0, 1}  # none where a button changes its own message

    def rows(self, table: str) -> int:
        with closing(sqlite3.connect(self.folder / "bot.db")) as database:
            (number,) = database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()  # noqa: S608  # names from this file
            return int(number)

    def were_paid_once(self, jokes: int) -> None:
        assert len(self.models.calls("chat")) == jokes
        assert (self.rows("generations"), self.rows("usage")) == (jokes, jokes)


@pytest.fixture
def members(discord: LoopbackDiscord, models: FakeModelServer, tmp_path: Path) -> Members:
    numbers = count(1)
    models.say = lambda _asked: f"A pun, number {next(numbers)}. Haha"
    return Members(discord, models, tmp_path)


@pytest.fixture
async def bot(discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory) -> AsyncIterator[Process]:
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        yield bot
        assert "Failure" not in bot.output  # the error exit's word for a bug


@pytest.mark.parametrize("fault", RESUMED.values(), ids=RESUMED)
async def test_a_resume_loses_nothing_and_repeats_nothing(
    discord: LoopbackDiscord, bot: Process, members: Members, fault: Fault
) -> None:
    members.models.delay = 0.3
    await members.jokes(5)
    await fault(discord.faults)
    await members.jokes(5)
    await members.were_answered_once()
    await discord.ready(handshakes=2)
    assert [handshake.resumed for handshake in discord.record.handshakes] == [False, True]
    members.were_paid_once(10)


@pytest.mark.soak  # discord.py waits five seconds before it identifies anew
@pytest.mark.parametrize("fault", BEGUN_ANEW.values(), ids=BEGUN_ANEW)
async def test_a_new_session_finds_the_old_ones_commands_answered(
    discord: LoopbackDiscord, bot: Process, members: Members, fault: Fault
) -> None:
    members.models.delay = 0.3
    await members.jokes(5)
    await fault(discord.faults)
    await members.were_answered_once()
    await discord.ready(handshakes=2)
    assert [handshake.resumed for handshake in discord.record.handshakes] == [False, False]
    await members.joke()
    await members.were_answered_once()
    members.were_paid_once(6)


async def test_whatever_comes_twice_is_answered_once(discord: LoopbackDiscord, bot: Process, members: Members) -> None:
    told = (await (await members.joke()).answered).message
    await members.press(told, "Another")
    await members.press(told, "funny:1", user_id=7)
    opened = await members.press(told, "Details")
    typed = await discord.autocomplete("joke", {"scenario": "A duck", "model": ""}, "model")
    await asyncio.gather(*(one.answered for one in (*members.sent, typed)))
    for one in (*members.sent, typed):
        await discord.repeat(one)
        await discord.repeat(one)
    await members.joke("A goose")  # answered after all those
    await members.were_answered_once()
    assert (await opened.acked).ephemeral
    assert len(discord.record.sent("POST", f"/interactions/{typed.id}/*/callback")) == 1
    members.were_paid_once(3)
    assert members.rows("votes") == 1


async def test_a_form_that_is_sent_twice_saves_one_prompt(
    discord: LoopbackDiscord, bot: Process, members: Members
) -> None:
    opened = await discord.command("prompt add", {"kind": "joke", "name": "dry"}, permissions=MANAGE_GUILD)
    form = await discord.submit(opened, {"system": "Be dry.", "step": ["none"]}, permissions=MANAGE_GUILD)
    await discord.repeat(form)
    await form.answered
    await discord.repeat(form)
    await members.joke()
    members.sent.append(form)
    await members.were_answered_once()
    assert members.rows("prompts") == 1


async def test_what_comes_twice_while_it_is_worked_on_is_answered_once(
    discord: LoopbackDiscord, bot: Process, members: Members
) -> None:
    members.models.delay = 0.3
    for joke in await members.jokes(20):
        await discord.repeat(joke)
    await members.were_answered_once()
    members.were_paid_once(20)


async def test_what_a_resume_brings_again_is_not_answered_again(
    discord: LoopbackDiscord, bot: Process, members: Members
) -> None:
    await members.jokes(20)
    await members.were_answered_once()
    discord.faults.replay(20)
    await discord.faults.drop()
    await members.joke()
    await members.were_answered_once()
    members.were_paid_once(21)


async def test_what_an_earlier_life_answered_stays_as_it_is(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory, members: Members
) -> None:
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        told = (await (await members.joke()).answered).message
        await members.press(told, "Another")
        await members.press(told, "funny:1", user_id=7)
        members.sent.append(await discord.command("settings cap", {"amount": 5}, permissions=MANAGE_GUILD))
        members.sent.append(await discord.command("settings cap", {"amount": 5}))  # refused before it is acknowledged
        await members.were_answered_once()
        models.gate = gate = Gate(Point("chat", 1, "after"))
        waiting = await discord.command("joke", {"scenario": "A goose"})
        await gate.reached.wait()
        await bot.kill()
    gate.open()
    before = [str(one.messages) for one in members.sent]
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready(handshakes=2))
        for one in (*members.sent, waiting):
            await discord.repeat(one)
        assert (await waiting.answered).message["content"] == str(RESTARTING)
        await (await discord.command("joke", {"scenario": "A swan"})).answered
        assert "Failure" not in bot.output
    assert [str(one.messages) for one in members.sent] == before
    assert (len(models.calls("chat")), members.rows("generations"), members.rows("votes")) == (4, 3, 1)


@pytest.mark.soak  # discord.py gives a silent gateway a minute
async def test_a_gateway_that_falls_silent_is_left_and_resumed(
    discord: LoopbackDiscord, bot: Process, members: Members
) -> None:
    discord.faults.fall_silent()
    late = await discord.command("joke", {"scenario": "too late"})
    await discord.record.until(lambda: discord.faults.connections == 0, timeout=90)
    await members.joke()
    await members.were_answered_once()
    assert [handshake.resumed for handshake in discord.record.handshakes] == [False, True]
    await bot.line("Discord takes no answer to interaction .* any more")
    assert late.messages == []
    members.were_paid_once(1)  # what cannot be answered costs nothing


async def test_an_outage_of_the_gateway_is_waited_out(discord: LoopbackDiscord, bot: Process, members: Members) -> None:
    members.models.delay = 0.3
    await members.jokes(5)
    await discord.faults.outage(seconds=5)
    await discord.ready(handshakes=2)
    await members.joke()
    await members.were_answered_once()
    members.were_paid_once(6)


async def test_a_line_that_breaks_all_the_time_loses_nothing_and_repeats_nothing(
    discord: LoopbackDiscord, bot: Process, members: Members
) -> None:
    chance = Random(11)  # noqa: S311 - repeatable, not secret
    members.models.delay = 0.2
    discord.faults.replay(3)
    for resumes in range(2, 42):
        for joke in await members.jokes(chance.randint(1, 5)):
            if chance.random() < 0.3:
                await discord.repeat(joke)
        await chance.choice(list(RESUMED.values()))(discord.faults)
        await members.jokes(chance.randint(0, 3))
        await discord.ready(handshakes=resumes)
    await members.were_answered_once()
    assert {handshake.resumed for handshake in discord.record.handshakes[1:]} == {True}
    members.were_paid_once(len(members.sent))


async def test_a_token_that_was_reset_ends_the_bot_in_one_sentence(discord: LoopbackDiscord, bot: Process) -> None:
    discord.faults.change_token("another")
    await discord.faults.drop()
    assert await bot.ended() == 1
    assert bot.lines[-1] == "Discord rejects DISCORD_TOKEN. Copy the token again from Discord's developer portal."


async def test_a_rate_limit_on_the_way_to_the_gateway_is_waited_out(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory, members: Members
) -> None:
    for path in ("/gateway/bot", "/users/@me"):
        discord.rate_limit("GET", path, retry_after=0.1)
    discord.rate_limit("PUT", "/applications/*/commands", retry_after=0.1)
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        discord.rate_limit("POST", "/interactions/*/callback", retry_after=0.1)
        discord.rate_limit("PATCH", "/webhooks/*/*/messages/@original", retry_after=0.1)
        assert (await (await members.joke()).answered).message["embeds"]
    members.were_paid_once(1)


async def test_a_ban_for_too_many_requests_is_one_line(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory
) -> None:
    discord.refuse("GET", "/gateway/bot", 429)  # without `Via`: of Cloudflare, in front of Discord
    async with start_bot(models.url) as bot:
        assert await bot.ended() == 1
    assert bot.lines[-1].startswith("Cannot reach Discord: ")
