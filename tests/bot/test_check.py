"""`python -m bot check`: each thing that the bot needs, how it is, and what to do."""

from pathlib import Path

import pytest

from bot.check import check_setup
from bot.errors import StartupError
from bot.settings import Settings, read_settings
from tests.bot.parts import settings_for
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

PRICES = "ok    Prices: OpenAI's pricing page, 2026-11-22"


async def good_token(_settings: Settings) -> str:
    return "Punchline#1234"


async def bad_token(_settings: Settings) -> str:
    raise StartupError("Discord refuses it. Copy the token anew from the developer portal.")


async def findings(settings: Settings, *, token: bool = True) -> list[str]:
    return [str(finding) async for finding in check_setup(settings, (), good_token if token else bad_token)]


async def test_all_is_well(settings: Settings) -> None:
    assert await findings(settings) == [
        "ok    Discord token: logs in as Punchline#1234",
        PRICES,
        f"ok    Database: {settings.database_path}",
        f"ok    Model server: {settings.openai_base_url} lists 4 models",
        "ok    CHAT_MODEL: gpt-6-luna",
        "ok    EMBEDDING_MODEL: text-embedding-3-small",
        "ok    FINETUNE_MODEL: gpt-4.1-mini-2025-04-14",
    ]


async def test_a_refused_token_does_not_hide_the_rest(settings: Settings) -> None:
    first, *rest = await findings(settings, token=False)
    assert first == "FAIL  Discord token: Discord refuses it. Copy the token anew from the developer portal."
    assert [line[:4] for line in rest] == ["ok  "] * 6


async def test_a_fallback_is_named(settings: Settings, server: FakeModelServer) -> None:
    server.models = {"practice-1": {"owned_by": "loopback"}}
    assert "ok    CHAT_MODEL: practice-1 (the server does not list gpt-6-luna)" in await findings(settings)


async def test_a_model_that_nothing_can_stand_in_for_is_a_failure(settings: Settings, server: FakeModelServer) -> None:
    server.models = {"practice-1": {"owned_by": "loopback"}}
    assert (
        "FAIL  EMBEDDING_MODEL: the server lists neither text-embedding-3-small nor another model that fits"
        in await findings(settings)
    )


async def test_a_model_server_that_fails_is_said_to(settings: Settings, server: FakeModelServer) -> None:
    server.script("models", replies.error(401))
    assert (await findings(settings))[-1] == (
        f"FAIL  Model server: {settings.openai_base_url}: The model server rejects the API key. "
        "Ask the bot's operator to check OPENAI_API_KEY."
    )


async def test_the_second_server_is_looked_at_too(tmp_path: Path, server: FakeModelServer) -> None:
    async with FakeModelServer("practice-1") as tuning:
        settings = settings_for(tmp_path, server.url, finetune_base_url=tuning.url)
        found = await findings(settings)
        assert f"ok    Fine-tune server: {tuning.url} lists 1 model" in found
        assert found[-1] == "ok    FINETUNE_MODEL: practice-1 (the server does not list gpt-4.1-mini-2025-04-14)"
        tuning.script("models", replies.error(500))
        assert (await findings(settings))[-1] == (
            f"FAIL  Fine-tune server: {tuning.url}: The model server failed (HTTP 500). Try again in a minute."
        )


@pytest.mark.parametrize("token", [True, False])
async def test_a_database_that_cannot_be_opened_ends_the_look(
    tmp_path: Path, server: FakeModelServer, token: bool
) -> None:
    path = tmp_path / "notes.db"
    path.write_text("Remember the milk. " * 100)
    settings = settings_for(tmp_path, server.url, database_url=f"sqlite:///{path}")
    assert (await findings(settings, token=token))[2:] == [
        f"FAIL  Database: The database {path} is damaged (file is not a database). Nothing was changed. Move it away with its "
        "-wal and -shm files, and put back a backup: `python -m bot restore FILE`."
    ]


async def test_wrong_settings_and_prices_hide_nothing_of_what_follows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: FakeModelServer
) -> None:
    for name, value in {
        "OPENAI_BASE_URL": server.url,
        "LOG_LEVEL": "loud",
        "PRICES_FILE": str(tmp_path / "none.toml"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'punchline.db'}",
    }.items():
        monkeypatch.setenv(name, value)
    read, problems = read_settings(None)
    found = [str(finding) async for finding in check_setup(read, problems, good_token)]
    assert [line for line in found if line.startswith("FAIL")] == [
        "FAIL  DISCORD_TOKEN: is not set (The bot's token, from Discord's developer portal.)",
        "FAIL  LOG_LEVEL: cannot be used (DEBUG, INFO, WARNING or ERROR.)",
        f"FAIL  Prices: Cannot read the price list {tmp_path / 'none.toml'}: No such file or directory. Check PRICES_FILE.",
    ]
    assert found[-4:] == [
        f"ok    Model server: {server.url} lists 4 models",
        "ok    CHAT_MODEL: gpt-6-luna",
        "ok    EMBEDDING_MODEL: text-embedding-3-small",
        "ok    FINETUNE_MODEL: gpt-4.1-mini-2025-04-14",
    ]


async def test_ones_own_engine_that_is_not_running_comes_with_the_command(tmp_path: Path) -> None:
    found = await findings(settings_for(tmp_path, "http://127.0.0.1:9/v1"))
    assert found[-1] == (
        "FAIL  Model server: http://127.0.0.1:9/v1: It cannot be reached. Start your own engine with `make engine`."
    )
