"""`python -m playground`: the whole bot in a local page, with no key, no token and no Discord."""

import argparse
import asyncio
import logging
import os
import sys
import webbrowser
from pathlib import Path

import simcord

from playground.club import open_club
from playground.engine_process import DATA_DIR, EngineError, running_engine
from playground.page import open_page
from playground.progress import Progress
from playground.prose import print_anywhere
from playground.stopping import cancel_on_signals

PORT = 8765
TRAINING_FILE = Path("data") / "jokes.jsonl"
WHAT_TO_TRY = """\
The playground is open: {url}

  The first message there says what to try. Ben and Cleo are members, and Ada is
  the admin: choose who you are under "Viewing as". The training file is
  {training_file}

Ctrl-C ends it. The club and its jokes are forgotten then. The fine-tuned models
stay in {data_dir}."""


def main() -> int:
    """Run until interrupted; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("bot.catalogue").setLevel(
        logging.ERROR
    )  # the fallback to practice-1 is normal here, and the engine explains it
    print_anywhere()
    arguments = _arguments()
    try:
        asyncio.run(_play(arguments.port, arguments.data_dir))
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("The playground is closed.")
    except EngineError as error:
        print(f"The model server did not start:\n{error}", file=sys.stderr)
        return 1
    except simcord.SetupError as error:
        print(f"The page cannot be served ({error}). Is it open already? Another port: --port 0", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m playground", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="of the page; 0 picks a free one (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, default=DATA_DIR, help="of the model server (default: data/engine)")
    return parser.parse_args()


async def _play(port: int, data_dir: Path) -> None:
    cancel_on_signals()
    print("Starting the model server ...", flush=True)
    async with (
        running_engine(data_dir, Progress()) as model_server,
        open_club(model_server) as club,
        open_page(club, port) as page,
    ):
        print(WHAT_TO_TRY.format(url=page.url, training_file=TRAINING_FILE, data_dir=data_dir), flush=True)
        _open_browser(page.url)
        await page.wait_closed()


def _open_browser(url: str) -> None:
    """Only for a person at a screen: never from a script, a test or a remote shell."""
    screen = sys.platform in ("win32", "darwin") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    if screen and sys.stdout.isatty():
        webbrowser.open(url)


if __name__ == "__main__":
    sys.exit(main())
