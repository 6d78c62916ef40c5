"""Who takes part, and how each is started on a loopback Discord of its own in one and the same process."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp

from tests.wire.gateway import LoopbackDiscord
from tests.wire.process import Process

PATIENCE = 60.0
TOKEN = "loopback"  # noqa: S105 - opens nothing


@dataclass(frozen=True)
class Contestant:
    """A bot that has a command /joke with an option `scenario`."""

    name: str
    module: str

    @asynccontextmanager
    async def running(self, models_url: str, home: Path) -> AsyncIterator["Running"]:
        """Start it in a directory, where it may keep a database."""
        env = {
            "DISCORD_TOKEN": TOKEN,
            "OPENAI_API_KEY": TOKEN,
            "OPENAI_BASE_URL": models_url,
            "DATABASE_URL": f"sqlite:///{home / 'bot.db'}",
            "CHAT_MODEL": "gpt-6-luna",
        }
        async with (
            LoopbackDiscord(ack_limit=PATIENCE, answer_timeout=PATIENCE) as discord,
            Process(self.module, {**env, **discord.environment}, cwd=home) as process,
        ):
            await process.bringing(discord.ready())
            yield Running(self, discord, process)


@dataclass(frozen=True)
class Running:
    contestant: Contestant
    discord: LoopbackDiscord
    process: Process


ECHO = Contestant("echo", "benchmarks.bots.echo")
FLOOR = Contestant("floor", "benchmarks.bots.floor")
PUNCHLINE = Contestant("Punchline", "bot")


def contestants() -> list[Contestant]:
    """All that can be run here."""
    return [one for one in (ECHO, FLOOR, PUNCHLINE) if _runnable(one.module)]


def _runnable(module: str) -> bool:
    spec = find_spec(module)
    return spec is not None and (spec.submodule_search_locations is None or find_spec(f"{module}.__main__") is not None)


@asynccontextmanager
async def all_running(taking_part: Sequence[Contestant], models_url: str) -> AsyncIterator[list[Running]]:
    """All of them side by side, so that rounds can alternate."""
    async with AsyncExitStack() as stack:
        homes = [Path(stack.enter_context(TemporaryDirectory())) for _ in taking_part]
        yield [
            await stack.enter_async_context(one.running(models_url, home))
            for one, home in zip(taking_part, homes, strict=True)
        ]


@dataclass(frozen=True)
class Models:
    """The model server, in a process of its own so that it takes no time from the gateway's."""

    url: str

    async def set_delay(self, seconds: float) -> None:
        await self._control({"delay": seconds})

    async def calls(self) -> int:
        """How many requests it has had."""
        return int((await self._control({}))["calls"])

    async def _control(self, wanted: dict[str, float]) -> dict[str, Any]:
        control = self.url.removesuffix("/v1") + "/control"
        async with aiohttp.ClientSession() as session, session.post(control, json=wanted) as answered:
            answered.raise_for_status()
            return dict(await answered.json())


@asynccontextmanager
async def model_server() -> AsyncIterator[Models]:
    async with Process("tests.wire.model_server", {}) as process:
        yield Models((await process.line(r"listening on (\S+)"))[1])
