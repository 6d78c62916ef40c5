"""Recordings are downloaded while there is memory for them."""

import asyncio

import pytest

from bot.errors import LimitError
from bot.voice.room import Room


async def test_who_finds_no_room_waits_for_others_to_leave() -> None:
    room, order = Room(10), list[str]()

    async def hold(name: str, size: int) -> None:
        async with room.of(size):
            order.append(name)
            await leave.wait()

    leave = asyncio.Event()
    async with asyncio.TaskGroup() as members:
        for name, size in (("first", 6), ("large", 7), ("small", 4)):
            members.create_task(hold(name, size))
        await asyncio.sleep(0)  # all three have begun
        assert order == ["first", "small"]
        leave.set()
    assert order == ["first", "small", "large"]


async def test_who_waits_too_long_is_told_to_come_again_and_leaves_the_room_as_it_was() -> None:
    room = Room(10, patience_seconds=0)
    async with room.of(10):
        with pytest.raises(LimitError, match="too many requests wait"):
            async with room.of(1):
                pass
    async with room.of(10):
        pass
