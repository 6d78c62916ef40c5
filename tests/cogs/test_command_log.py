"""One line for each command, button and form: how it ended, how long it took, and what it used. Nothing of the member is in it."""

import logging
import re

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from tests.cogs.seen import answer, refusal, rows

SCENARIO = "A very private duck"


def lines(log: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in log.records if record.name == "bot.commands"]


def fields(log: pytest.LogCaptureFixture) -> dict[str, object]:
    """The fields of the only line."""
    (record,) = lines(log)
    wanted = ("command", "outcome", "failure", "guild", "prompt_tokens", "completion_tokens")
    return {name: vars(record)[name] for name in wanted if name in vars(record)}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


async def test_a_command_that_went_well(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor, log: pytest.LogCaptureFixture
) -> None:
    answer(await member.slash(channel, "joke", scenario=SCENARIO))
    (used,) = await rows(app, "usage")
    assert fields(log) == {
        "command": "joke",
        "outcome": "ok",
        "guild": member.guild.id,
        "prompt_tokens": used["prompt_tokens"],
        "completion_tokens": used["completion_tokens"],
    }
    (record,) = lines(log)
    assert re.fullmatch(
        r"joke: ok after \d+ ms \(acknowledged after \d+ ms\), \d+ \+ \d+ tokens, interaction \d+ in server \d+",
        record.getMessage(),
    )


async def test_a_button_and_a_form_have_theirs(
    env: Env, channel: ChannelHandle, member: MemberActor, log: pytest.LogCaptureFixture
) -> None:
    told = answer(await member.slash(channel, "joke", scenario=SCENARIO))
    log.clear()
    await member.click(told, custom_id="funny:1")
    assert (fields(log)["command"], fields(log)["outcome"]) == ("funny", "ok")


async def test_an_error_that_the_member_can_mend_has_its_class(
    env: Env, channel: ChannelHandle, member: MemberActor, log: pytest.LogCaptureFixture
) -> None:
    refusal(env, await member.slash(channel, "joke", scenario=" "))
    assert (fields(log)["command"], fields(log)["outcome"]) == ("joke", "InvalidInputError")


async def test_a_bug_has_the_number_that_the_member_was_given(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor, log: pytest.LogCaptureFixture
) -> None:
    await app.database.write("DROP TABLE activations")
    refusal(env, await member.slash(channel, "joke", scenario=SCENARIO))
    (number,) = [
        record.getMessage().removeprefix("Failure ") for record in log.records if record.levelno >= logging.ERROR
    ]
    assert (fields(log)["outcome"], fields(log)["failure"]) == ("failure", number)
