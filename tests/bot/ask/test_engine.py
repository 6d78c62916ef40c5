"""`/ask` on the real engine."""

from pathlib import Path

import pytest

from bot.app import open_app
from bot.ask.tools import Asker
from bot.errors import ToolsRefusedError
from tests.bot.parts import GUILD, MEMBER, settings_for


async def test_the_practice_model_is_no_model_for_questions(tmp_path: Path, engine_url: str) -> None:
    async with open_app(settings_for(tmp_path, engine_url, chat_model="practice-1")) as app:
        with pytest.raises(ToolsRefusedError):
            await app.ask.ask(Asker(GUILD, MEMBER), "Tell me a joke about a cat")
