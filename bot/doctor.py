"""The operator's doctor: looks at each thing the bot needs, and says how it is and what to do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bot.app import App, open_app
from bot.errors import ModelServerError, StartupError
from bot.settings import Settings


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    said: str

    def __str__(self) -> str:
        return f"{'ok  ' if self.well else 'FAIL'}  {self.what}: {self.said}"


async def examine(settings: Settings, check_token: Callable[[Settings], Awaitable[str]]) -> AsyncIterator[Finding]:
    """Look at the token, the database, the model servers and their models, in the order in which they are needed."""
    try:
        yield Finding("Discord token", True, f"logs in as {await check_token(settings)}")
    except StartupError as error:
        yield Finding("Discord token", False, str(error))
    try:
        async with open_app(settings) as app:
            yield Finding("Database", True, str(settings.database_path))
            async for finding in _servers(app):
                yield finding
    except StartupError as error:
        yield Finding("Database", False, str(error))


async def _servers(app: App) -> AsyncIterator[Finding]:
    settings = app.settings
    listed = await _listed(app, "Model server", settings.openai_base_url, fine_tuned=False)
    yield listed[1]
    if listed[1].well:
        yield _model("CHAT_MODEL", settings.chat_model, await app.catalogue.chat_model(), listed[0])
        yield _model("EMBEDDING_MODEL", settings.embedding_model, await app.catalogue.embedding_model(), listed[0])
    if settings.finetune_base_url is not None:
        listed = await _listed(app, "Fine-tune server", settings.finetune_base_url, fine_tuned=True)
        yield listed[1]
    if listed[1].well:
        yield _model("FINETUNE_MODEL", settings.finetune_model, await app.catalogue.base_model(), listed[0])


async def _listed(app: App, what: str, address: str, *, fine_tuned: bool) -> tuple[tuple[str, ...], Finding]:
    try:
        models = await app.llm.list_models(fine_tuned=fine_tuned)
    except ModelServerError as error:
        return (), Finding(what, False, f"{address}: {error}")
    return tuple(model.id for model in models), Finding(what, True, f"{address} lists {len(models)} models")


def _model(name: str, wanted: str, found: str, listed: tuple[str, ...]) -> Finding:
    if found not in listed:
        return Finding(name, False, f"the server lists neither {wanted} nor another that fits")
    return Finding(name, True, found if found == wanted else f"{found} (the server does not list {wanted})")
