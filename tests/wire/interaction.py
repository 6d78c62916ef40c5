"""One interaction as its sender sees it: when the bot acknowledged it, when something could be read, and what."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from enum import IntEnum
from time import perf_counter
from typing import Any, TypeVar

from tests.wire.shapes import EPHEMERAL, Guild, Json, snowflake

T = TypeVar("T")


class Kind(IntEnum):
    """How a bot may answer an interaction (Discord's callback types)."""

    MESSAGE = 4
    DEFER = 5
    DEFER_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(frozen=True)
class Ack:
    """The callback; `elapsed` counts seconds from the interaction's dispatch to its arrival."""

    kind: Kind
    elapsed: float
    data: Json

    @property
    def ephemeral(self) -> bool:
        return bool(self.data.get("flags", 0) & EPHEMERAL)


@dataclass(frozen=True)
class Answer:
    """The first thing that a member could read: a message, or the data of choices or a modal."""

    elapsed: float
    message: Json

    @property
    def text(self) -> str:
        """All that is written in it, for tests that look for words."""
        parts = [self.message.get("content") or ""]
        for embed in self.message.get("embeds") or []:
            fields = [part for field in embed.get("fields") or [] for part in (field["name"], field["value"])]
            footer = (embed.get("footer") or {}).get("text")
            parts += [embed.get("title"), embed.get("description"), *fields, footer]
        return "\n".join(part for part in parts if part)


class Interaction:
    """An INTERACTION_CREATE on its way; `acked` and `answered` can each be awaited any number of times."""

    def __init__(self, guild: Guild, user_id: int, source: Json | None = None, timeout: float = 60.0) -> None:
        self.id = snowflake()
        self.token = f"interaction-{self.id}"
        self.guild = guild
        self.user_id = user_id
        self.source = source
        self.payload: Json = {}
        self.sent_at = perf_counter()
        self.original: Json | None = None
        self.followups: list[Json] = []
        self._timeout = timeout
        self._ack: asyncio.Future[Ack] = asyncio.get_running_loop().create_future()
        self._answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    @property
    def acked(self) -> Coroutine[Any, Any, Ack]:
        return self._within(self._ack)

    @property
    def answered(self) -> Coroutine[Any, Any, Answer]:
        return self._within(self._answer)

    @property
    def ack(self) -> Ack | None:
        """The acknowledgement, if it has come."""
        return self._ack.result() if self._ack.done() else None

    @property
    def is_acked(self) -> bool:
        return self._ack.done()

    @property
    def messages(self) -> list[Json]:
        """The answer and its follow-ups as they stand now."""
        return [*([self.original] if self.original else []), *self.followups]

    def age(self) -> float:
        return perf_counter() - self.sent_at

    def restart_clock(self) -> None:
        """Count from here: the payload is built and goes out now."""
        self.sent_at = perf_counter()

    def acknowledge(self, kind: Kind, data: Json) -> None:
        if not self._ack.done():
            self._ack.set_result(Ack(kind, self.age(), data))

    def answer(self, shown: Json) -> None:
        if not self._answer.done():
            self._answer.set_result(Answer(self.age(), shown))

    async def _within(self, future: "asyncio.Future[T]") -> T:
        async with asyncio.timeout(self._timeout):
            return await asyncio.shield(future)


def readable(shown: Json) -> bool:
    """Whether a member sees something in this message."""
    return any(shown.get(key) for key in ("content", "embeds", "attachments", "components"))
