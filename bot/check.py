"""`python -m bot check`: looks at each thing that the bot needs, and says how it is and what to do."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from typing import TypeAlias

from bot.app import App, open_app
from bot.checks import machine
from bot.checks.clocks import clocks
from bot.checks.files import dataset_files
from bot.checks.finding import Finding
from bot.checks.servers import model_servers
from bot.clock import Clock, utc_now
from bot.errors import StartupError
from bot.prices import SHIPPED, load_prices
from bot.settings import SettingProblem, Settings
from bot.texts import startup as texts

TOKEN = "discord_token"  # noqa: S105  # a setting's name

# Looks at all that Discord knows; without an app, whose database cannot be opened, at what is left of it.
LookAtDiscord: TypeAlias = Callable[[Settings, App | None], AsyncIterator[Finding]]


async def check_setup(
    settings: Settings,
    problems: Sequence[SettingProblem],
    look_at_discord: LookAtDiscord,
    clock: Clock = utc_now,
) -> AsyncIterator[Finding]:
    """Look at settings, prices, database, disk, dataset files, Discord, model servers and the clock; nothing hides the rest."""
    for problem in problems:
        yield Finding(problem.field.upper(), False, problem.reason)
    prices = _prices(settings)
    yield prices
    if not prices.ok:
        settings = settings.model_copy(update={"prices_file": None})
    async with AsyncExitStack() as stack:
        app = None
        try:
            app = await stack.enter_async_context(open_app(settings))
            state = await app.database.connections.state()
            yield machine.database(settings.database, state)
            yield machine.disk(settings, state)
            looked = await dataset_files(app)
            yield looked.finding
            yield await machine.growth(app.database, looked.size)
        except StartupError as error:
            yield Finding("Database", False, str(error))
        if TOKEN not in {problem.field for problem in problems}:
            async for finding in look_at_discord(settings, app):
                yield finding
        if app is not None:
            async for finding in model_servers(app):
                yield finding
    yield await clocks(_addresses(settings), clock)


def _prices(settings: Settings) -> Finding:
    try:
        prices = load_prices(settings.prices_file or SHIPPED)
    except StartupError as error:
        return Finding("Prices", False, str(error))
    return Finding("Prices", True, texts.PRICES_OF.format(source=prices.source, date=prices.read_on))


def _addresses(settings: Settings) -> dict[str, str]:
    return {"Discord": f"{settings.discord_api_base}/gateway", "the model server": f"{settings.openai_base_url}/models"}
