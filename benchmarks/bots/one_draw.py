"""`python -m benchmarks.bots.one_draw`: Punchline, but a small model draws one joke instead of the best of several."""

import sys

from bot.command_line import main
from bot.jokes import service
from bot.writing.teller import ONE

if __name__ == "__main__":
    service.FIRST = (ONE,)
    sys.exit(main())
