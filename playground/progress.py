"""Shows what the engine says while it starts."""

import re
import sys

STEP = re.compile(r"^\s*step \d+/\d+")


class Progress:
    """Prints lines as they come; the steps of a training take turns on one line, and only on a terminal."""

    def __init__(self) -> None:
        self._in_steps = False

    def __call__(self, line: str) -> None:
        """Show one line."""
        if STEP.match(line):
            if sys.stdout.isatty():
                print(f"\r{line:<60}", end="", flush=True)
                self._in_steps = True
            return
        print(f"\n{line}" if self._in_steps else line, flush=True)
        self._in_steps = False
