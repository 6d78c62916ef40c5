"""`python -m bot` runs the bot; `python -m bot check` checks the set-up."""

import gc
import os
import sys

if __name__ == "__main__":
    # Pydantic searches all installed packages for plugins, which takes 0.1 s. None is used here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Imported modules stay in memory. Collecting garbage among them takes 0.4 s and finds nothing.
    gc.disable()
    from bot.command_line import main

    gc.freeze()
    gc.enable()
    sys.exit(main())
