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
    try:
        listed = await app.llm.list_models()
        yield Finding("Model server", True, f"{settings.openai_base_url} lists {len(listed)} models")
    except ModelServerError as error:
        yield Finding("Model server", False, f"{settings.openai_base_url}: {error}")
        return
    chosen = {
        "CHAT_MODEL": (settings.chat_model, await app.catalogue.chat_model()),
        "EMBEDDING_MODEL": (settings.embedding_model, await app.catalogue.embedding_model()),
        "FINETUNE_MODEL": (settings.finetune_model, await app.catalogue.base_model()),
    }
    for name, (wanted, found) in chosen.items():
        instead = "" if wanted == found else f" (the server does not list {wanted})"
        yield Finding(name, True, f"{found}{instead}")
