"""`python -m bot` with a clock in its event loop, which says each time that the loop came back late, and which of its steps was long.

/metrics looks four times a second, and so sees only part of what blocks the loop; this looks every ten milliseconds, and asks Linux
how long the process waited for a processor meanwhile, which is no fault of the bot's.
"""

import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, thread_time

EVERY_SECONDS, NOTED_SECONDS = 0.01, 0.025
LATE = re.compile(r"The loop was (\d+\.\d+) s late, (\d+\.\d+) s of them without a processor")
LONG = re.compile(r"A step of the loop worked for (\d+\.\d+) s")
RUN = "_run"  # the method of asyncio's handles that takes one step
SCHEDULED = Path("/proc/thread-self/schedstat")


class WatchedLoop(asyncio.SelectorEventLoop):
    """Writes a line for each time that it is more than `NOTED_SECONDS` late."""

    def run_forever(self) -> None:
        self._look(perf_counter(), _unscheduled())
        super().run_forever()

    def _look(self, due: float, before: float) -> None:
        late, without = perf_counter() - due, _unscheduled()
        if late > NOTED_SECONDS:
            sys.stderr.write(f"The loop was {late:.3f} s late, {without - before:.3f} s of them without a processor\n")
        self.call_later(EVERY_SECONDS, self._look, perf_counter() + EVERY_SECONDS, without)


def _unscheduled() -> float:
    """Seconds that this thread has waited for a processor, since its start."""
    return int(SCHEDULED.read_text("ascii").split()[1]) / 1e9


def watch_steps() -> None:
    """Write a line for each step of a loop, which nothing can interrupt, that works for more than `NOTED_SECONDS`."""
    step: Callable[[asyncio.Handle], None] = vars(asyncio.Handle)[RUN]

    def watched(handle: asyncio.Handle) -> None:
        began = thread_time()
        step(handle)
        if (worked := thread_time() - began) > NOTED_SECONDS:
            sys.stderr.write(f"A step of the loop worked for {worked:.3f} s: {handle!r}\n")

    setattr(asyncio.Handle, RUN, watched)


class _Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return WatchedLoop()


if __name__ == "__main__":
    asyncio.set_event_loop_policy(_Policy())
    watch_steps()
    from bot.command_line import main

    sys.exit(main())
