"""`python -m bot` runs the bot; `python -m bot check` checks the set-up."""

import gc
import os
import sys

if __name__ == "__main__":
    # Pydantic looks for plugins among all that is installed, which takes 0.1 s of the start; nothing here has any.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # What the imports leave lives as long as the process. To collect among it takes 0.4 s of the start, and finds nothing.
    gc.disable()
    from bot.command_line import main

    gc.freeze()
    gc.enable()
    sys.exit(main())
