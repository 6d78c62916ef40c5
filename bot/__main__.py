"""`python -m bot` runs the bot; `python -m bot check` looks whether it could."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys

from bot.app import open_app
from bot.client import check_token, run_bot
from bot.doctor import examine
from bot.errors import StartupError
from bot.redaction import RedactingFormatter, redactor_of
from bot.settings import Settings, load_settings


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Punchline, a Discord bot that tunes its own model."
    )
    parser.add_argument(
        "command", nargs="?", choices=["run", "check"], default="run", help="run the bot (default), or check the set-up"
    )
    command = parser.parse_args().command
    try:
        settings = load_settings()
        if command == "check":
            return asyncio.run(_check(settings))
        _log_to_terminal(settings)
        return asyncio.run(_run(settings))
    except StartupError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _log_to_terminal(settings: Settings) -> None:
    level = settings.log_level
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s", redactor_of(settings)))
    logging.basicConfig(level=level, handlers=[handler])
    for chatty in ("discord", "httpx2", "openai"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))


async def _run(settings: Settings) -> int:
    async with open_app(settings) as app, app.running():
        serving = asyncio.create_task(run_bot(app))
        _stop_on_signals(serving)
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    return 0


def _stop_on_signals(task: asyncio.Task[None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has only KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


async def _check(settings: Settings) -> int:
    logging.disable()  # the findings say it
    well = True
    async for finding in examine(settings, check_token):
        print(finding)
        well = well and finding.well
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
