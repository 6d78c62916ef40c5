"""The loopback Discord itself, proved by a bot that has one of everything."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.wire.gateway import LoopbackDiscord
from tests.wire.interaction import Kind
from tests.wire.process import Process
from tests.wire.shapes import MANAGE_GUILD, Guild, Upload

TOKEN = "loopback-token"


def echo_bot(discord: LoopbackDiscord, cwd: Path, token: str = TOKEN) -> Process:
    return Process("tests.wire.echo_bot", {**discord.environment, "DISCORD_TOKEN": token}, cwd=cwd)


@pytest.fixture
async def discord() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord(token=TOKEN) as server:
        yield server


@pytest.fixture
async def bot(discord: LoopbackDiscord, tmp_path: Path) -> AsyncIterator[Process]:
    async with echo_bot(discord, tmp_path) as process:
        await process.bringing(discord.ready())
        yield process
    assert discord.record.unknown == []


async def test_a_command_is_acknowledged_and_answered(discord: LoopbackDiscord, bot: Process) -> None:
    joke = await discord.command("joke", {"scenario": "A man walking across the road"})
    ack, answer = await joke.acked, await joke.answered
    assert (ack.kind, answer.message["content"]) == (Kind.MESSAGE, "A man walking across the road")
    assert 0 < ack.elapsed <= answer.elapsed < 1
    assert discord.record.syncs == 1


async def test_buttons_modals_and_autocomplete_reach_the_bot(discord: LoopbackDiscord, bot: Process) -> None:
    message = (await (await discord.command("joke", {"scenario": "first"})).answered).message
    await (await discord.press(message, "Again")).answered
    assert discord.record.messages[int(message["id"])]["content"] == "again"
    opened = await discord.press(message, "write")
    assert (await opened.acked).kind is Kind.MODAL
    sent = await discord.submit(opened, {"Pun": "A wok in the park"})
    assert (await sent.answered).text == "pun: A wok in the park"
    assert (await sent.acked).ephemeral
    typed = await discord.autocomplete("joke", {"scenario": "a m"}, focused="scenario")
    assert (await typed.answered).message["choices"] == [{"name": "A M", "value": "a m"}]


async def test_files_travel_both_ways_through_a_deferred_subcommand(discord: LoopbackDiscord, bot: Process) -> None:
    file = Upload("jokes.jsonl", b"{}\n")
    upload = await discord.command("dataset upload", {"file": file, "times": 2}, permissions=MANAGE_GUILD)
    assert (await upload.acked).kind is Kind.DEFER
    answer = await upload.answered
    assert answer.message["content"] == "an admin sent 6 bytes"
    assert [entry["filename"] for entry in answer.message["attachments"]] == ["source.txt"]
    await discord.record.until(lambda: upload.followups)
    assert upload.followups[0]["embeds"][0]["title"] == "jokes.jsonl"


@pytest.mark.parametrize("code", [None, 4000])
async def test_what_is_sent_while_the_line_is_cut_arrives_when_the_bot_resumes(
    discord: LoopbackDiscord, bot: Process, code: int | None
) -> None:
    await discord.faults.drop(code)
    joke = await discord.command("joke", {"scenario": "missed"})
    assert (await joke.answered).message["content"] == "missed"
    assert [handshake.resumed for handshake in discord.record.handshakes] == [False, True]


async def test_a_bot_asked_to_reconnect_resumes(discord: LoopbackDiscord, bot: Process) -> None:
    await discord.faults.reconnect()
    await discord.ready(handshakes=2)
    assert discord.record.handshakes[-1].resumed


async def test_a_session_that_was_forgotten_is_begun_anew(discord: LoopbackDiscord, bot: Process) -> None:
    await discord.faults.drop(resumable=False)
    await discord.ready(handshakes=2)
    assert not discord.record.handshakes[-1].resumed
    assert (await (await discord.command("joke", {"scenario": "anew"})).answered).text == "anew"


async def test_a_rate_limit_is_waited_out(discord: LoopbackDiscord, bot: Process) -> None:
    discord.rate_limit("POST", "/interactions/*/callback", retry_after=0.05)
    joke = await discord.command("joke", {"scenario": "patience"})
    assert (await joke.answered).elapsed > 0.05
    assert len(discord.record.sent("POST", "/interactions/*/callback")) == 2


async def test_a_late_callback_is_refused(tmp_path: Path) -> None:
    async with LoopbackDiscord(ack_limit=0) as discord, echo_bot(discord, tmp_path) as bot:
        await discord.ready()
        await discord.command("joke", {"scenario": "late"})
        await bot.line("Unknown interaction")


async def test_hundreds_at_once_over_two_shards_are_all_answered(tmp_path: Path) -> None:
    guilds = Guild(), Guild(id=(7 << 22) + 1, name="Odd", channel_id=77)
    async with LoopbackDiscord(*guilds, shards=2) as discord, echo_bot(discord, tmp_path):
        await discord.ready()
        asked = [await discord.command("joke", {"scenario": str(n)}, guild=guilds[n % 2]) for n in range(400)]
        answers = await asyncio.gather(*(interaction.answered for interaction in asked))
    assert [answer.message["content"] for answer in answers] == [str(n) for n in range(400)]


async def test_a_wrong_token_is_turned_away(discord: LoopbackDiscord, tmp_path: Path) -> None:
    async with echo_bot(discord, tmp_path, token="wrong") as bot:
        with pytest.raises(EOFError, match="Improper token"):
            await bot.bringing(discord.ready())
        assert await bot.ended() != 0


async def test_a_killed_bot_is_gone_and_its_memory_was_readable(discord: LoopbackDiscord, bot: Process) -> None:
    assert 20 < bot.resident_mib() < 500
    assert await bot.kill() == -9
    assert not bot.running
