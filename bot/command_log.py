"""One log line for each command, button and form: what it was, how it ended, how long it took, and what it used.

The line has the interaction's id and the server's, and nothing of the member: neither an id nor a text.
"""

import asyncio
import logging
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter

from bot.observer import CANCELLED, FAILURE, OK, EndedCommand, command_ended
from bot.request import Request

log = logging.getLogger("bot.commands")


@dataclass
class _Command:
    """A command under way: its task and all tasks that this one starts write into it."""

    request: Request
    began_at: float
    acknowledged_at: float | None = None
    answered_at: float | None = None
    outcome: str = OK
    failure: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


_CURRENT: ContextVar[_Command | None] = ContextVar("command", default=None)


def begin_command(request: Request) -> None:
    """The current task answers this request; its line is written when the task ends."""
    command = _Command(request, perf_counter())
    _CURRENT.set(command)
    task = asyncio.current_task()
    if task is not None:
        task.add_done_callback(lambda done: _end(command, done))


def count_tokens(prompt: int, completion: int) -> None:
    """The command that the current task answers has used these; does nothing in background work."""
    if (command := _CURRENT.get()) is not None:
        command.prompt_tokens += prompt
        command.completion_tokens += completion


def note_answer() -> None:
    """Discord has just taken an answer: the first is the acknowledgement, the last what the latency counts to."""
    if (command := _CURRENT.get()) is not None:
        command.answered_at = perf_counter()
        command.acknowledged_at = command.acknowledged_at or command.answered_at


def note_error(error: Exception) -> None:
    """The command ends with an error that the member was told in words."""
    if (command := _CURRENT.get()) is not None:
        command.outcome = type(error).__name__


def note_failure(number: str) -> None:
    """The command ends with a bug; the member was given this number, under which the log has the exception."""
    if (command := _CURRENT.get()) is not None:
        command.outcome, command.failure = FAILURE, number


def _end(command: _Command, task: "asyncio.Task[object]") -> None:
    if task.cancelled():
        command.outcome = CANCELLED
    elif (error := task.exception()) is not None:
        command.outcome = FAILURE
        log.error("A command ended with an exception that nobody answered.", exc_info=error)
    seconds = (command.answered_at or perf_counter()) - command.began_at
    _write(command, seconds)
    command_ended(EndedCommand(command.request.command, command.outcome, seconds))


def _write(command: _Command, seconds: float) -> None:
    acknowledged = (command.acknowledged_at or perf_counter()) - command.began_at
    fields = {
        "interaction": command.request.id,
        "guild": command.request.guild_id,
        "command": command.request.command,
        "outcome": command.outcome,
        "failure": command.failure,
        "ack_ms": round(acknowledged * 1000),
        "ms": round(seconds * 1000),
        "prompt_tokens": command.prompt_tokens,
        "completion_tokens": command.completion_tokens,
    }
    log.info(
        "%(command)s: %(ended)s after %(ms)d ms (acknowledged after %(ack_ms)d ms),"
        " %(prompt_tokens)d + %(completion_tokens)d tokens, interaction %(interaction)d in server %(guild)s",
        fields | {"ended": " ".join(filter(None, (command.outcome, command.failure)))},
        extra={name: value for name, value in fields.items() if value is not None},
    )
