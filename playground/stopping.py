"""Ends on Ctrl-C and on SIGTERM alike, so that whatever was started is ended too."""

import asyncio
import signal
from contextlib import suppress


def cancel_on_signals() -> None:
    """Cancel the current task when the process is asked to stop; every `finally` then runs."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("call it from within a task")
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has only KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
