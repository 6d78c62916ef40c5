"""Holds one request at one moment, so that whoever sent it can be killed exactly there; or breaks its connection then."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Literal

When = Literal["before", "after"]


@dataclass(frozen=True)
class Point:
    """The `nth` request called `name`, before it is acted on or after that but before it is answered."""

    name: str
    nth: int
    when: When

    def __str__(self) -> str:
        return f"{self.when} {self.name} {self.nth}"


class Gate:
    """Lets every request pass but the one at its point; that one waits, and is never answered: see `open`."""

    def __init__(self, point: Point | None = None) -> None:
        self.point = point
        self.reached = asyncio.Event()
        self._opened = asyncio.Event()
        self._counts: Counter[tuple[str, str]] = Counter()

    async def passes(self, name: str, when: When) -> bool:
        """Whether the request may go on; False once `open` was called, for the one that was held."""
        self._counts[name, when] += 1
        if self.point != Point(name, self._counts[name, when], when):
            return True
        self.reached.set()
        await self._opened.wait()
        return False

    def open(self) -> None:
        """Let go of the held request: its connection breaks. Of one that is still to come, the connection breaks at once."""
        self._opened.set()


def losing(point: Point) -> Gate:
    """A gate at which the request, or the reply to it, is lost."""
    gate = Gate(point)
    gate.open()
    return gate
