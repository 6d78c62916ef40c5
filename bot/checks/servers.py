"""The model servers: whether they answer, which models they list, and whether one embeds."""

import asyncio
from collections.abc import AsyncIterator

from bot.app import App
from bot.catalogue import OFF
from bot.checks.finding import Finding
from bot.errors import ModelServerError, ServerUnreachableError
from bot.settings import is_own_engine
from bot.texts import checks, startup
from bot.voice.measuring import can_measure

SECONDS = 15.0
WORD = "joke"


async def model_servers(app: App) -> AsyncIterator[Finding]:
    """One finding for each server and each model that the settings name."""
    settings = app.settings
    listed, finding = await _listed(app, "Model server", settings.openai_base_url, fine_tuned=False)
    yield finding
    if finding.ok:
        embedding_model = await app.catalogue.embedding_model()
        yield _model("CHAT_MODEL", settings.chat_model, await app.catalogue.chat_model(), listed)
        found = _model("EMBEDDING_MODEL", settings.embedding_model, embedding_model, listed)
        yield found
        if found.ok:
            yield await _embeddings(app, embedding_model)
        yield await _recordings(app)
        yield await _images(app)
        yield await _moderation(app)
    if settings.finetune_base_url is not None:
        listed, finding = await _listed(app, "Fine-tune server", settings.finetune_base_url, fine_tuned=True)
        yield finding
    if finding.ok:
        yield _model("FINETUNE_MODEL", settings.finetune_model, await app.catalogue.base_model(), listed)


async def _listed(app: App, subject: str, address: str, *, fine_tuned: bool) -> tuple[tuple[str, ...], Finding]:
    try:
        async with asyncio.timeout(SECONDS):
            models = await app.llm.list_models(fine_tuned=fine_tuned)
    except TimeoutError:
        return (), Finding(subject, False, checks.NO_TIME.format(address=address, seconds=SECONDS))
    except ModelServerError as error:
        own = isinstance(error, ServerUnreachableError) and is_own_engine(address)
        return (), Finding(subject, False, f"{address}: {startup.START_ENGINE if own else error}")
    text = startup.LISTS_ONE if len(models) == 1 else startup.LISTS
    return tuple(model.id for model in models), Finding(subject, True, text.format(address=address, count=len(models)))


def _model(name: str, wanted: str, found: str, listed: tuple[str, ...]) -> Finding:
    if found not in listed:
        return Finding(name, False, startup.NOT_LISTED.format(wanted=wanted))
    return Finding(name, True, found if found == wanted else startup.INSTEAD.format(found=found, wanted=wanted))


async def _recordings(app: App) -> Finding:
    """Whether members can speak in place of typing; a server that does not offer it is no failure."""
    model = await app.catalogue.transcription_model()
    if model is None:
        return Finding("Recordings", True, checks.TRANSCRIBES_NOTHING)
    text = checks.TRANSCRIBES if can_measure() else checks.TRANSCRIBES_SOME
    return Finding("Recordings", True, text.format(model=model))


async def _images(app: App) -> Finding:
    """Nothing is generated: a picture takes long and may cost."""
    wanted, found = app.settings.image_model, await app.catalogue.image_model()
    if found is None:
        return Finding("IMAGE_MODEL", True, startup.IMAGES_OFF if wanted.lower() == OFF else startup.NO_IMAGES)
    instead = startup.INSTEAD.format(found=found, wanted=wanted)
    return Finding("IMAGE_MODEL", True, found if wanted in (found, "") else instead)


async def _moderation(app: App) -> Finding:
    """Have a word judged, which costs nothing where it is offered."""
    settings = app.settings
    if not settings.moderates:
        return Finding("Moderation", True, checks.MODERATION_OFF.format(setting=settings.moderation))
    try:
        async with asyncio.timeout(SECONDS):
            await app.llm.moderate(settings.moderation_model, [WORD])
    except TimeoutError:
        text = checks.NO_TIME.format(address=settings.openai_base_url, seconds=SECONDS)
        return Finding("Moderation", False, text)
    except ModelServerError as error:
        return Finding("Moderation", False, checks.MODERATION_FAILS.format(error=error))
    return Finding("Moderation", True, checks.MODERATES.format(model=settings.moderation_model))


async def _embeddings(app: App, model: str) -> Finding:
    """Embed a word where that costs nothing."""
    address = app.settings.openai_base_url
    if not is_own_engine(address) or app.settings.prices_file is not None:
        return Finding("Embeddings", True, checks.EMBEDS_AT_A_COST.format(address=address))
    try:
        async with asyncio.timeout(SECONDS):
            batch = await app.llm.embed(model, [WORD])
    except TimeoutError:
        return Finding("Embeddings", False, checks.NO_TIME.format(address=address, seconds=SECONDS))
    except ModelServerError as error:
        return Finding("Embeddings", False, f"{model}: {error}")
    values = {"model": model, "dimensions": batch.vectors.shape[1], "ms": batch.latency_ms}
    return Finding("Embeddings", True, checks.EMBEDS.format(**values))
