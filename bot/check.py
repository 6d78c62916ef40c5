"""`python -m bot check`: looks at each thing that the bot needs, and says how it is and what to do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.app import App, open_app
from bot.errors import ModelServerError, ServerUnreachableError, StartupError
from bot.prices import SHIPPED, load_prices
from bot.settings import SettingProblem, Settings, is_own_engine
from bot.texts import startup as texts

TOKEN = "discord_token"  # noqa: S105  # a setting's name


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    ok: bool
    text: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.ok else 'FAIL'}  {self.subject}: {self.text}"


async def check_setup(
    settings: Settings, problems: Sequence[SettingProblem], check_token: Callable[[Settings], Awaitable[str]]
) -> AsyncIterator[Finding]:
    """Look at the settings, the token, the prices, the database, the model servers and their models; nothing hides the rest."""
    for problem in problems:
        yield Finding(problem.field.upper(), False, problem.reason)
    if TOKEN not in {problem.field for problem in problems}:
        yield await _token(settings, check_token)
    try:
        prices = load_prices(settings.prices_file or SHIPPED)
        yield Finding("Prices", True, texts.PRICES_OF.format(source=prices.source, date=prices.read_on))
    except StartupError as error:
        yield Finding("Prices", False, str(error))
        settings = settings.model_copy(update={"prices_file": None})
    try:
        async with open_app(settings) as app:
            yield Finding("Database", True, str(settings.database_path))
            async for finding in _servers(app):
                yield finding
    except StartupError as error:
        yield Finding("Database", False, str(error))


async def _token(settings: Settings, check_token: Callable[[Settings], Awaitable[str]]) -> Finding:
    try:
        return Finding("Discord token", True, texts.LOGS_IN.format(name=await check_token(settings)))
    except StartupError as error:
        return Finding("Discord token", False, str(error))


async def _servers(app: App) -> AsyncIterator[Finding]:
    settings = app.settings
    listed, finding = await _listed(app, "Model server", settings.openai_base_url, fine_tuned=False)
    yield finding
    if finding.ok:
        yield _model("CHAT_MODEL", settings.chat_model, await app.catalogue.chat_model(), listed)
        yield _model("EMBEDDING_MODEL", settings.embedding_model, await app.catalogue.embedding_model(), listed)
    if settings.finetune_base_url is not None:
        listed, finding = await _listed(app, "Fine-tune server", settings.finetune_base_url, fine_tuned=True)
        yield finding
    if finding.ok:
        yield _model("FINETUNE_MODEL", settings.finetune_model, await app.catalogue.base_model(), listed)


async def _listed(app: App, subject: str, address: str, *, fine_tuned: bool) -> tuple[tuple[str, ...], Finding]:
    try:
        models = await app.llm.list_models(fine_tuned=fine_tuned)
    except ModelServerError as error:
        own = isinstance(error, ServerUnreachableError) and is_own_engine(address)
        return (), Finding(subject, False, f"{address}: {texts.START_ENGINE if own else error}")
    text = texts.LISTS_ONE if len(models) == 1 else texts.LISTS
    return tuple(model.id for model in models), Finding(subject, True, text.format(address=address, count=len(models)))


def _model(name: str, wanted: str, found: str, listed: tuple[str, ...]) -> Finding:
    if found not in listed:
        return Finding(name, False, texts.NOT_LISTED.format(wanted=wanted))
    return Finding(name, True, found if found == wanted else texts.INSTEAD.format(found=found, wanted=wanted))
