"""What goes wrong is said in private, in a sentence of its own, and stores nothing."""

import logging
import re
from typing import Any

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.client import PunchlineBot
from tests.cogs.seen import answer, public, refusal, rows
from tests.cogs.stock import launched, stock
from tests.wire import replies
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply

COMMANDS: dict[str, tuple[str, dict[str, Any]]] = {
    "joke": ("chat", {"scenario": "A duck"}),
    "slogan": ("chat", {"description": "A duck pond"}),
    "similarity compare": ("embeddings", {"first": "ducks", "second": "geese"}),
}
DOWN = (
    "The model server cannot be reached. Try again in a minute. If this keeps happening, ask the bot's operator to check "
    "that it is running."
)
NONSENSE = (
    "The model server's answer does not follow OpenAI's protocol. Try again in a minute. If this keeps happening, ask the "
    "bot's operator to check OPENAI_BASE_URL."
)
FAILURES: dict[str, tuple[Reply, str]] = {
    "down": (replies.reset(), DOWN),
    "broken off": (replies.cut(), DOWN),
    "wrong key": (
        replies.error(401, "Incorrect API key", "invalid_api_key"),
        "The model server rejects the API key. Ask the bot's operator to check OPENAI_API_KEY.",
    ),
    "forbidden": (
        replies.error(403, "Not your model."),
        "The model server does not permit this: “Not your model”. Ask the bot's operator to check the key's rights.",
    ),
    "busy": (
        replies.error(429, "Slow down", headers={"Retry-After": "20"}),
        "The model server is busy (too many requests). Try again in 20 seconds.",
    ),
    "out of credit": (
        replies.error(429, "No money", "insufficient_quota"),
        "The account at the model server has no credit left. Ask the bot's operator to top it up.",
    ),
    "broken": (replies.error(500), "The model server failed (HTTP 500). Try again in a minute."),
    "declined": (
        replies.error(400, "@everyone is too long"),
        "The model server declined the request: “\\@everyone is too long”.",
    ),
    "HTML": (replies.html(), NONSENSE),
    "half JSON": (replies.half_json(), NONSENSE),
}


async def test_a_command_that_comes_while_the_bot_goes_down_is_told_to_come_again(
    env: Env, channel: ChannelHandle, member: MemberActor, simcord_bot: PunchlineBot
) -> None:
    await simcord_bot.drain()
    assert refusal(env, await member.slash(channel, "joke", scenario="A duck")) == (
        "The bot is restarting. Try again in a minute."
    )


async def nothing_is_kept(app: App, channel: ChannelHandle) -> None:
    assert (public(channel), await rows(app, "generations")) == ([], [])
    assert "answered" not in {row["outcome"] for row in await rows(app, "usage")}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("failure", FAILURES)
async def test_every_failure_of_the_model_server_has_its_own_sentence(
    app: App,
    env: Env,
    server: FakeModelServer,
    channel: ChannelHandle,
    member: MemberActor,
    command: str,
    failure: str,
) -> None:
    route, options = COMMANDS[command]
    reply, said = FAILURES[failure]
    server.script(route, reply)
    assert refusal(env, await member.slash(channel, command, **options)) == said
    assert len(server.calls(route)) == 1  # what may cost money is not repeated
    await nothing_is_kept(app, channel)


@pytest.mark.parametrize("command", [command for command, (route, _) in COMMANDS.items() if route == "chat"])
async def test_a_server_that_does_not_answer_in_thirty_seconds_is_said_to_be_slow(
    app: App,
    env: Env,
    server: FakeModelServer,
    channel: ChannelHandle,
    member: MemberActor,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    route, options = COMMANDS[command]
    ask = app.llm.complete

    def ask_an_outsider(*asked: Any, **how: Any) -> Any:
        """The real call; the simulator is told that its time alone ends it."""
        return env.external_wait(ask(*asked, **how), reason="a model server that never answers")

    monkeypatch.setattr(app.llm, "complete", ask_an_outsider)
    server.script(route, replies.hang())
    result = await member.slash(channel, command, **options)
    await env.advance_time(29)
    assert (result.deferred, result.followups) == (True, [])
    await env.advance_time(2)
    assert refusal(env, result) == "The model server took too long to answer. Try again in a minute."
    await nothing_is_kept(app, channel)


@pytest.mark.parametrize("label", ["Another", "Again"])
async def test_a_button_fails_as_quietly_as_its_command(
    app: App, env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor, label: str
) -> None:
    command = {"Another": "joke", "Again": "slogan"}[label]
    route, options = COMMANDS[command]
    shown = answer(await member.slash(channel, command, **options))
    server.script(route, replies.error(500))
    result = await member.click(shown, label=label)
    assert refusal(env, result) == "The model server failed (HTTP 500). Try again in a minute."
    assert [message.id for message in public(channel)] == [shown.id]
    assert len(await rows(app, "generations")) == 1


async def test_a_job_that_cannot_be_cancelled_on_the_server_goes_on_here(
    app: App, env: Env, server: FakeModelServer, channel: ChannelHandle, admin: MemberActor
) -> None:
    await stock(app, admin.guild.id, "ducks")
    await launched(app, admin.guild.id, "ducks")
    env.inject_error("*", "/channels/1/*", times=None)  # the channel that this job names is none
    await app.tracker.round()
    server.script("cancel_job", replies.error(500))
    result = await admin.slash(channel, "finetune cancel", job=1)
    assert refusal(env, result) == "The model server failed (HTTP 500). Try again in a minute."
    assert [row["status"] for row in await rows(app, "jobs")] == ["validating_files"]


NUMBERED = re.compile(
    "Something went wrong here, and it is not your fault. "
    "If this keeps happening, give the bot's operator this number: ([0-9a-f]{8})"
)


def explained(log: pytest.LogCaptureFixture, said: str) -> str:
    """What the log says under the number that a member was given."""
    number = NUMBERED.fullmatch(said)
    assert number is not None
    (record,) = [record for record in log.records if number[1] in record.getMessage()]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    return str(record.exc_info[1])


async def test_a_bug_in_a_command_answers_with_a_number_that_the_log_explains(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor, caplog: pytest.LogCaptureFixture
) -> None:
    await app.database.write("DROP TABLE activations")
    said = refusal(env, await member.slash(channel, "joke", scenario="A duck"))
    assert explained(caplog, said) == "no such table: activations"
    await nothing_is_kept(app, channel)


async def test_a_bug_behind_a_button_answers_likewise(
    app: App, env: Env, channel: ChannelHandle, member: MemberActor, caplog: pytest.LogCaptureFixture
) -> None:
    told = answer(await member.slash(channel, "joke", scenario="A duck"))
    await app.database.write("DROP TABLE votes")
    said = refusal(env, await member.click(told, custom_id="funny:1"))
    assert explained(caplog, said) == "no such table: votes"


async def test_what_a_member_can_mend_is_no_matter_for_the_log(
    env: Env, channel: ChannelHandle, member: MemberActor, caplog: pytest.LogCaptureFixture
) -> None:
    refusal(env, await member.slash(channel, "joke", scenario=" "))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_failure_of_the_model_server_is_logged_with_its_request_id(
    env: Env,
    server: FakeModelServer,
    channel: ChannelHandle,
    member: MemberActor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.script("chat", replies.error(500, headers={"x-request-id": "req-77"}))
    refusal(env, await member.slash(channel, "joke", scenario="A duck"))
    (warning,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert (warning.levelname, "req-77" in warning.getMessage()) == ("WARNING", True)
