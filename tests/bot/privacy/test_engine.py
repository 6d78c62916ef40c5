"""The real engine trains on a member's example: after they are forgotten, its folder and its log have nothing of it."""

import asyncio
import shutil
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.store.jobs import Job
from tests.bot.parts import CHANNEL, job_now, settings_for
from tests.bot.privacy.traces import EXAMPLE, LEAVER, MANAGER, PUNCHLINE, SERVER, left_in, needles
from tests.engine.process import running_engine

pytestmark = pytest.mark.soak

MODELS = {"chat_model": "practice-1", "finetune_model": "practice-1", "embedding_model": "text-embedding-minilm-l6-v2"}


async def launched(app: App) -> Job:
    """A job on a dataset with the member's example."""
    draft = await app.drafts.create(SERVER, MANAGER, "ducks")
    for number in range(1, 11):
        await app.drafts.add(SERVER, draft.id, f"Duck {number}", f"Quack {number}. Haha")
    await app.contributions.choose_draft(SERVER, MANAGER, "ducks")
    terms = await app.contributions.terms(SERVER)
    given = await app.contributions.give(SERVER, LEAVER, terms, EXAMPLE, PUNCHLINE, agreed=True)
    await app.contributions.accept(SERVER, MANAGER, given.id)
    dataset = (await app.drafts.save(SERVER, MANAGER, draft.id)).dataset
    offer = await app.finetunes.quote(SERVER, CHANNEL, MANAGER, dataset.name, epochs=1)
    return await app.finetunes.launch(SERVER, MANAGER, offer.quote.id, None)


async def test_the_training_file_is_gone_from_the_engine(tmp_path: Path, practice_base: Path) -> None:
    folder = tmp_path / "engine"
    shutil.copytree(practice_base, folder / "models")
    wanted = needles(LEAVER, [EXAMPLE, PUNCHLINE])
    with running_engine(folder) as engine:
        settings = settings_for(tmp_path / "bot", engine.url, contributions="on", request_timeout=120, **MODELS)
        async with open_app(settings) as app:
            job = await launched(app)
            await app.tracker.round()
            assert await left_in(folder, wanted) != {}
            await app.jokes.tell(SERVER, LEAVER, EXAMPLE)
            done = await app.forgetting.forget(SERVER, LEAVER)
            assert (done.datasets, done.trained) == (1, True)
            async with asyncio.timeout(120):
                while (await job_now(app, job)).files_withdrawn_at is not None:
                    await app.tracker.round()
                    await asyncio.sleep(0.1)
            await app.forgetting.round()
            assert (await job_now(app, job)).status == "succeeded"
            assert await left_in(tmp_path, wanted) == {}
