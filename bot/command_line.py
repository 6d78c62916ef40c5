"""The command line of `python -m bot`."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.app import App, open_app
from bot.check import check_setup
from bot.checks.finding import Finding
from bot.client import PunchlineBot, run_bot
from bot.errors import StartupError
from bot.log_format import JsonFormatter, TextFormatter
from bot.observer import observe
from bot.redaction import redactor_of
from bot.settings import ENV_FILE, Settings, load_settings, read_settings
from bot.texts import monitoring as monitoring_texts
from bot.texts import startup as texts
from cogs.check import look_at_discord
from cogs.clustered_client import ClusteredBot
from cogs.delivery import DiscordSender
from cogs.ui.answers import explain, repeat_answers

if TYPE_CHECKING:
    from bot.monitoring.monitor import Monitor

ARCHIVING, MOVING = ("backup", "restore"), "migrate-to"


def main() -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Punchline, a Discord bot that tunes its own model."
    )
    commands = (
        "run the bot (default), check the set-up, save database and datasets in FILE, put such a file back, or copy the database to"
        " another one at URL"
    )
    choices = ["run", "check", *ARCHIVING, MOVING]
    parser.add_argument("command", nargs="?", choices=choices, default="run", help=commands)
    parser.add_argument(
        "target", metavar="FILE or URL", nargs="?", help="of `backup`, `restore` and `migrate-to` alone, which need one"
    )
    given = parser.parse_args()
    if (given.command in (*ARCHIVING, MOVING)) != (given.target is not None):
        parser.error("`backup` and `restore` need a FILE and `migrate-to` a URL, and nothing else takes one")
    try:
        if given.command == "check":
            return asyncio.run(_check())
        settings = load_settings()
        if given.command in ARCHIVING:
            return _archive(given.command, settings, Path(given.target))
        if given.command == MOVING:
            return asyncio.run(_move(settings, given.target))
        _log_to_terminal(settings)
        return asyncio.run(_run(settings))
    except StartupError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _archive(command: str, settings: Settings, file: Path) -> int:
    from bot.backup import back_up, restore  # noqa: PLC0415  # a start need not wait for what it does not use

    done = back_up(settings, file) if command == "backup" else restore(settings, file)
    said = texts.BACKED_UP if command == "backup" else texts.RESTORED
    print(said.format(file=file, path=settings.database, count=done.files))
    if done.missing:
        print(texts.MISSING_FILES.format(count=len(done.missing), names=", ".join(done.missing)))
    return 0


async def _move(settings: Settings, url: str) -> int:
    from bot.moving import move_to  # noqa: PLC0415  # a start need not wait for what it does not use

    for line in await move_to(settings, url):
        print(line)
    return 0


def _log_to_terminal(settings: Settings) -> None:
    level = settings.log_level
    handler = logging.StreamHandler()
    formatter = JsonFormatter if settings.log_format == "json" else TextFormatter
    handler.setFormatter(formatter(redactor_of(settings), all_texts=level == "DEBUG"))
    logging.basicConfig(level=level, handlers=[handler])
    for chatty in ("discord", "httpx2", "openai", "psycopg"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    # It tells of every attempt to connect; that the server is gone, and answers again, is said once (bot/store/postgres_outage.py).
    logging.getLogger("psycopg.pool").setLevel(max(logging.ERROR, logging.getLevelName(level)))
    logging.getLogger("discord.client").setLevel(
        logging.ERROR
    )  # it warns that voice support is missing, which the bot does not need


async def _run(settings: Settings) -> int:
    stopping = asyncio.Event()
    asyncio.get_running_loop().set_exception_handler(_log_stray)
    repeat_answers()
    monitor = _monitor(settings)
    async with open_app(settings) as app, app.running():
        beside = partial(_serve, monitor, app) if monitor else nullcontext
        make = PunchlineBot if app.cluster is None else ClusteredBot
        serving = asyncio.create_task(run_bot(app, explain, DiscordSender, stopping, beside, make))
        _stop_on_signals(stopping, serving)
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    return 0


def _monitor(settings: Settings) -> "Monitor | None":
    """What serves /health and /metrics, and from now on counts; None where nobody asked for it."""
    if settings.metrics_port is None:
        return None
    try:
        from bot.monitoring.monitor import Monitor  # noqa: PLC0415  # it needs a package that the bot can do without
    except ModuleNotFoundError as error:
        raise StartupError(monitoring_texts.NO_PACKAGE) from error
    monitor = Monitor(settings.metrics_host, settings.metrics_port)
    observe(monitor.metrics)
    return monitor


def _serve(monitor: "Monitor", app: App, bot: PunchlineBot) -> AbstractAsyncContextManager[None]:
    return monitor.serving(app.database, bot.gateway, app.clock)


def _log_stray(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception that nobody waits for. asyncio would show it with its words, which may be a member's."""
    logging.getLogger("asyncio").error("%s", context["message"], exc_info=context.get("exception"))


def _stop_on_signals(stopping: asyncio.Event, serving: asyncio.Task[None]) -> None:
    """The first signal lets answers under way finish; the second ends everything at once."""

    def stop() -> None:
        if stopping.is_set():
            serving.cancel()
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has only KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(number, stop)


async def _check() -> int:
    logging.disable()  # the findings say it
    settings, problems = read_settings()
    redactor, ok = redactor_of(settings), True
    if problems and not ENV_FILE.exists():
        print(Finding(str(ENV_FILE), False, texts.COPY_EXAMPLE_COMMAND))
    async for finding in check_setup(settings, problems, look_at_discord):
        print(redactor.text(str(finding)))
        ok = ok and finding.ok
    return 0 if ok else 1
