"""Holds one request at one moment, so that whoever sent it can be killed exactly there."""

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
    """Lets every request pass but the one at its point; that one waits, and is never answered."""

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
        """Let go of the held request; it fails."""
        self._opened.set()
