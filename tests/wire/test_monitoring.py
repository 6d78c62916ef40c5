"""`/health` and `/metrics` of a bot process, and a dashboard that asks for nothing that is not there."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus

import aiohttp
import pytest

from tests.wire.conftest import BotFactory
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.process import ROOT, Process

pytestmark = pytest.mark.soak

DASHBOARD = ROOT / "docs" / "grafana-dashboard.json"
NAME = re.compile(r"\b(?:punchline|process)_[a-z_]+")


async def address(bot: Process) -> str:
    return (await bot.line(r"Health and metrics at (http://127\.0\.0\.1:\d+)/health"))[1]


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


def queries() -> Iterator[str]:
    """Every query of the dashboard, those of its variables included."""
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query")


async def test_a_bot_at_work_is_healthy_and_every_query_of_the_dashboard_finds_its_metric(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory
) -> None:
    async with start_bot(models.url, METRICS_PORT="0") as bot:
        await bot.line("Ready as")
        await (await discord.command("joke", {"scenario": "A duck"})).answered
        await bot.line("joke: ok")
        status, health = await get(f"{await address(bot)}/health")
        _, metrics = await get(f"{await address(bot)}/metrics")
    assert status == HTTPStatus.OK
    assert json.loads(health) | {"gateway_latency_ms": None} == {
        "status": "ok",
        "why": [],
        "shards": 1,
        "shards_up": 1,
        "gateway_latency_ms": None,
        "database": "ok",
    }
    there = {line.partition("{")[0].partition(" ")[0] for line in metrics.splitlines() if not line.startswith("#")}
    asked = {name for query in queries() for name in NAME.findall(query)}
    assert len(asked) > 10
    assert asked - there == set()
    assert 'punchline_commands_total{command="joke",outcome="ok"} 1.0' in metrics


async def test_a_bot_that_discord_lets_wait_is_not_healthy(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory
) -> None:
    discord.refuse("GET", "/users/@me", 502)
    for _ in range(5):
        discord.refuse("GET", "/users/@me", 502)
    async with start_bot(models.url, METRICS_PORT="0") as bot:
        status, health = await get(f"{await address(bot)}/health")
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    assert json.loads(health)["why"] == ["The bot is not connected to Discord: 0 of 0 shards are up."]


async def test_an_address_that_is_taken_is_one_clear_line(
    models: FakeModelServer, discord: LoopbackDiscord, start_bot: BotFactory
) -> None:
    port = models.url.split(":")[2].split("/")[0]
    async with start_bot(models.url, METRICS_PORT=port) as bot:
        assert await bot.ended() == 1
    assert bot.lines[-1].startswith(f"Cannot listen on 127.0.0.1:{port} for health and metrics: ")
    assert "Traceback" not in bot.output


async def test_nothing_listens_unless_the_operator_asks_for_it(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory
) -> None:
    async with start_bot(models.url) as bot:
        await bot.line("Ready as")
    assert "Health and metrics" not in bot.output
