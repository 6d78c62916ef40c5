"""How late the event loop is: work that does not let go of it delays every answer."""

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

EVERY_SECONDS = 0.25


async def measure_lag(
    observe: Callable[[float], object],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = perf_counter,
) -> None:
    """Until cancelled, sleep and report how many seconds later than asked the loop came back."""
    while True:
        began_at = clock()
        await sleep(EVERY_SECONDS)
        observe(max(0.0, clock() - began_at - EVERY_SECONDS))
