"""Recordings at Punchline's own engine: its speech model is found, hears the scenario, and what it refuses is said."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App, open_app
from bot.errors import InvalidInputError
from playground.chapters import RECORDING
from tests.bot.parts import GUILD, MEMBER, settings_for
from tests.engine.process import running_engine
from tests.recordings import recording


@pytest.fixture
async def app(tmp_path: Path, practice_base: Path) -> AsyncIterator[App]:
    shutil.copytree(practice_base, tmp_path / "engine" / "models")
    with running_engine(tmp_path / "engine", with_whisper=True) as engine:
        async with open_app(settings_for(tmp_path, engine.url)) as app:
            yield app


async def hear(app: App, content: bytes) -> str:
    return (await app.voice.transcribe(GUILD, MEMBER, content, None, characters=300)).text


async def test_the_engines_speech_model_hears_the_shipped_recording(app: App) -> None:
    assert await app.catalogue.transcription_model() == "whisper-base"
    assert (await hear(app, RECORDING.read_bytes())).lower() == "a man walking across the road."
    (used,) = await app.database.fetch_all("SELECT model, outcome, cost_nanodollars FROM usage")
    assert tuple(used) == ("whisper-base", "answered", 0)
    with pytest.raises(InvalidInputError, match="No words could be made out"):
        await hear(app, recording("wav", 3))
