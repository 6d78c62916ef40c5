"""`python -m bot` with a clock in its event loop, which says each time that the loop came back late, and where it was.

/metrics looks four times a second, and so sees only part of what blocks the loop; this looks every ten milliseconds.
"""

import asyncio
import faulthandler
import sys
from time import perf_counter, thread_time

EVERY_SECONDS, NOTED_SECONDS, BLOCKED_SECONDS = 0.01, 0.025, 0.1
LATE = r"The loop was (\d+\.\d+) s late, (\d+\.\d+) s of them at work"


class WatchedLoop(asyncio.SelectorEventLoop):
    """Writes a line for each time that it is more than `NOTED_SECONDS` late, and after `BLOCKED_SECONDS` the stack of every thread."""

    def run_forever(self) -> None:
        self._look(perf_counter(), thread_time())
        try:
            super().run_forever()
        finally:
            faulthandler.cancel_dump_traceback_later()

    def _look(self, due: float, worked: float) -> None:
        now, work = perf_counter(), thread_time()
        if now - due > NOTED_SECONDS:
            sys.stderr.write(f"The loop was {now - due:.3f} s late, {work - worked:.3f} s of them at work\n")
        faulthandler.dump_traceback_later(EVERY_SECONDS + BLOCKED_SECONDS)
        self.call_later(EVERY_SECONDS, self._look, perf_counter() + EVERY_SECONDS, thread_time())


class _Policy(asyncio.DefaultEventLoopPolicy):
    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        return WatchedLoop()


if __name__ == "__main__":
    asyncio.set_event_loop_policy(_Policy())
    from bot.command_line import main

    sys.exit(main())
