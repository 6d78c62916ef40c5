"""Work beside the event loop, and work that a cancellation must not break off."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
ResultT = TypeVar("ResultT")

# Characters, bytes or items from which work takes longer than handing it to a thread.
_LARGE = 4096


async def off_loop(size: int, work: Callable[P, ResultT], *args: P.args, **kwargs: P.kwargs) -> ResultT:
    """Do work that grows with `size`: in a thread where that is large, so that nobody else waits for it."""
    if size < _LARGE:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


async def to_the_end(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Await work as a whole: a cancellation meanwhile takes effect after it."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen; whoever waited for it is cancelled
        raise
