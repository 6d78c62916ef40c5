"""Waiting for a backend without holding up anybody."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from engine.backends.interface import Backend, StreamingBackend

ParametersT = ParamSpec("ParametersT")
ResultT = TypeVar("ResultT")


async def in_thread(
    backend: Backend,
    work: Callable[ParametersT, ResultT],
    *args: ParametersT.args,
    **kwargs: ParametersT.kwargs,
) -> ResultT:
    """Run blocking work of a backend in a thread.

    Work that calculates shares the few threads of the loop. A streaming backend mostly waits for another process: it gets a
    thread of its own, so that any number can wait together, and none of them keeps the engine from ending.
    """
    if not isinstance(backend, StreamingBackend):
        return await asyncio.to_thread(work, *args, **kwargs)
    future: Future[ResultT] = Future()

    def run() -> None:
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            future.set_exception(error)

    future.set_running_or_notify_cancel()
    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(future)
