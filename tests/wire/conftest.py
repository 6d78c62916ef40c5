"""A loopback Discord, a model server that can misbehave, and the bot as a process between them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from tests.cogs.sent import faults
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import Process

TOKEN = "wire-token"


@pytest.fixture
async def discord() -> AsyncIterator[LoopbackDiscord]:
    """The Discord that everything here talks to; a route it does not know fails the test."""
    async with LoopbackDiscord(token=TOKEN) as server:
        yield server
    assert server.record.unknown == []
    sent = [
        one.body for one in server.record.requests if one.method in ("POST", "PATCH") and isinstance(one.body, dict)
    ]
    assert [fault for body in sent for fault in faults(body.get("data") or body)] == []


@pytest.fixture
async def models() -> AsyncIterator[FakeModelServer]:
    """A model server that answers at once unless it is told otherwise."""
    async with FakeModelServer() as server:
        yield server


class BotFactory(Protocol):
    """Makes a bot process; names in capitals are further settings of it."""

    def __call__(self, url: str, **settings: str) -> Process: ...


@pytest.fixture
def start_bot(discord: LoopbackDiscord, tmp_path: Path) -> BotFactory:
    """Makes a bot process on one database, given the model server's address."""

    def make(url: str, **settings: str) -> Process:
        environment = {
            **discord.environment,
            "DISCORD_TOKEN": TOKEN,
            "OPENAI_API_KEY": "wire",
            "OPENAI_BASE_URL": url,
            "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.db'}",
            **settings,
        }
        return Process("bot", environment, cwd=tmp_path)

    return make
