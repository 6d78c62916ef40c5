"""`/ask` on the real engine."""

import shutil
from pathlib import Path

import pytest

from bot.app import open_app
from bot.ask.sentences import ToolResult
from bot.ask.tools import Asker
from bot.errors import ToolsRefusedError, UserError
from tests.bot.parts import GUILD, MEMBER, settings_for
from tests.engine.process import running_engine

OFFERED = {"joke", "slogan", "similarity", "search", "models"}


async def test_the_practice_model_is_no_model_for_questions(tmp_path: Path, engine_url: str) -> None:
    async with open_app(settings_for(tmp_path, engine_url, chat_model="practice-1")) as app:
        with pytest.raises(ToolsRefusedError):
            await app.ask.ask(Asker(GUILD, MEMBER), "Tell me a joke about a cat")


@pytest.mark.soak
async def test_whatever_the_language_model_chooses_can_be_done(tmp_path: Path, smollm2_bases: Path) -> None:
    """Its grammar lets it name only what is offered, with arguments of the right form, unless they meet the limit of tokens."""
    data_dir = tmp_path / "engine"
    shutil.copytree(smollm2_bases, data_dir / "bases")
    models = {"chat_model": "smollm2-135m", "embedding_model": "text-embedding-minilm-l6-v2"}
    with running_engine(data_dir, with_smollm2=True) as engine:
        async with open_app(settings_for(tmp_path, engine.url, request_timeout=120, **models)) as app:
            if not await app.catalogue.calls_tools("smollm2-135m"):
                pytest.skip("this engine's language model calls no functions")
            answer = await app.ask.ask(Asker(GUILD, MEMBER), "Tell me a joke about a cat")
    assert answer.words or answer.used
    assert not answer.unfinished
    assert {one.name for one in answer.used} <= OFFERED
    assert all(isinstance(one.outcome, ToolResult | UserError) for one in answer.used)
