"""The bot's own parts, as in tests/bot, and a Discord and a model server on loopback, as in tests/wire."""

from pathlib import Path

import pytest

from tests.bot.conftest import files, no_settings_from_outside, server, settings
from tests.wire.conftest import discord, models

__all__ = ["discord", "files", "models", "no_settings_from_outside", "server", "settings"]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """A file: what is upgraded and put back here is one."""
    return f"sqlite:///{tmp_path / 'punchline.db'}"
