"""The engine's state outlives writers that are cancelled at any moment."""

import asyncio
from pathlib import Path

import pytest

from engine.storage.state import State, open_state


async def write(state: State) -> None:
    async with state.transaction():
        await asyncio.sleep(0)


@pytest.mark.parametrize("turns", range(8))
async def test_a_cancelled_writer_leaves_no_transaction_open(tmp_path: Path, turns: int) -> None:
    async with open_state(tmp_path) as state:
        writer = asyncio.create_task(write(state))
        for _ in range(turns):
            await asyncio.sleep(0)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        async with asyncio.timeout(5):
            await write(state)
