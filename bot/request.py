"""The interaction that the current task answers: who asked, where, and with what."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """A command, button or form. `command` is a command's full name, or the part before the colon of a custom id.

    `parent_id` is the channel that a thread belongs to. `locale` is the member's language and `guild_locale` the server's, as Discord writes them: `en-US`, `zh-CN`.
    """

    id: int
    guild_id: int | None
    channel_id: int | None
    parent_id: int | None
    user_id: int
    role_ids: frozenset[int]
    manager: bool
    command: str
    locale: str
    guild_locale: str | None


_CURRENT: ContextVar[Request | None] = ContextVar("request", default=None)


def begin_request(request: Request) -> None:
    """From now on the current task, and all that it starts, answers this request."""
    _CURRENT.set(request)


def current_request() -> Request | None:
    """What the current task answers; None for work that nobody waits for, such as following a job."""
    return _CURRENT.get()
