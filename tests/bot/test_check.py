"""`python -m bot check`: each thing that the bot needs, how it is, and what to do."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.check import check_setup
from bot.checks import machine
from bot.checks.finding import Finding
from bot.clock import Clock, utc_now
from bot.prices import SHIPPED
from bot.settings import Settings, read_settings
from bot.store.database import open_database
from bot.store.schema import migrations
from tests.bot.parts import settings_for
from tests.wire import replies
from tests.wire.model_server import FakeModelServer
from tests.wire.replies import Reply

DISCORD = "ok    Discord: asked"
PRICES = "ok    Prices: OpenAI's pricing page, 2026-11-22"


async def discord(_settings: Settings, _app: App | None) -> AsyncIterator[Finding]:
    """What Discord says is tested in tests/wire/test_check.py."""
    yield Finding("Discord", ok=True, text="asked")


async def findings(settings: Settings, clock: Clock = utc_now) -> list[str]:
    return [str(finding) async for finding in check_setup(settings, (), discord, clock)]


def models_of(found: list[str]) -> list[str]:
    """The lines about model servers: between Discord and the clock."""
    return found[found.index(DISCORD) + 1 : -1]


@pytest.fixture
def settings(tmp_path: Path, server: FakeModelServer) -> Settings:
    return settings_for(tmp_path, server.url, discord_api_base=server.url)


async def test_all_is_well(settings: Settings) -> None:
    found = [re.sub(r"[\d,.]+ MB|within \d+ ms", "…", line) for line in await findings(settings)]
    assert found == [
        PRICES,
        f"ok    Database: {settings.database_path}: version {migrations()[-1][0]}, …, intact",
        f"ok    Disk: … free in {settings.database_path.parent}",
        f"ok    Datasets: {settings.files}: 0 files, …; the bot can write there",
        "ok    What grows: 0 answers (at most 20,000 in a server), … of vectors (at most …), 0 events of jobs (at most 2,000 of a job), "
        "0 messages (at most 1,000 in a server, and what waits), 0 rows of the ledger (one for each request), … of datasets "
        "(until somebody deletes them)",
        DISCORD,
        f"ok    Model server: {settings.openai_base_url} lists 4 models",
        "ok    CHAT_MODEL: gpt-6-luna",
        "ok    EMBEDDING_MODEL: text-embedding-3-small",
        "ok    Embeddings: text-embedding-3-small gave 16 numbers for a word …",
        "ok    Moderation: off (MODERATION=auto); the lists of words apply",
        "ok    FINETUNE_MODEL: gpt-4.1-mini-2025-04-14",
        "ok    Clock: within 5 s of Discord and the model server",
    ]


async def test_a_disk_without_room_for_a_backup_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MIN_FREE_BYTES", 2**60)
    (line,) = [line for line in await findings(settings) if " Disk: " in line]
    assert re.fullmatch(
        r"FAIL  Disk: only [\d,.]+ MB free in .+, and a backup may need 1,099,511,627,776 MB\. "
        r"Delete what is not needed there, or set DATABASE_URL to a larger disk\.",
        line,
    )


async def test_a_damaged_index_that_a_start_does_not_see_is_found(settings: Settings) -> None:
    async with open_database(settings.database_path) as database:
        await database.write("INSERT INTO app_state VALUES ('a', 'b')")
        await database.write("PRAGMA writable_schema = ON")
        await database.write(
            "UPDATE sqlite_master SET sql = 'CREATE INDEX usage_by_guild ON usage (guild_id, model)' WHERE name = 'usage_by_guild'"
        )
        await database.write(
            "INSERT INTO usage (guild_id, user_id, kind, model, prompt_tokens, completion_tokens, latency_ms, created_at) VALUES (1, 2, 'joke', 'm', 0, 0, 0, '')"
        )
    found = await findings(settings)
    assert any(line.startswith("ok    Model server") for line in found)  # so the bot would have started
    (line,) = [line for line in found if " Database: " in line]
    assert line.startswith(f"FAIL  Database: The database {settings.database_path} is damaged (")
    assert line.endswith("and put back a backup: `python -m bot restore FILE`.")


@pytest.mark.parametrize(("minutes", "how"), [(61, "ahead of"), (-61, "behind")])
async def test_a_clock_that_is_wrong_is_named_with_the_command(settings: Settings, minutes: int, how: str) -> None:
    found = await findings(settings, lambda: utc_now() + timedelta(minutes=minutes))
    assert re.fullmatch(
        rf"FAIL  Clock: 36\d\d s {how} Discord, 36\d\d s {how} the model server\. "
        r"Turn on time synchronisation, for instance with `timedatectl set-ntp true`\.",
        found[-1],
    )


async def test_a_clock_that_nobody_answers_is_no_failure(settings: Settings) -> None:
    nobody = settings.model_copy(
        update={"discord_api_base": "http://127.0.0.1:9", "openai_base_url": "http://127.0.0.1:9"}
    )
    assert (await findings(nobody))[-1] == "ok    Clock: there was nobody to compare it with"


async def test_nothing_is_embedded_where_it_may_cost(settings: Settings, server: FakeModelServer) -> None:
    priced = settings.model_copy(update={"prices_file": SHIPPED})
    assert (
        f"ok    Embeddings: not tried, since {server.url} may send a bill. Use `/similarity compare` to try it"
        in await findings(priced)
    )
    assert server.calls("embeddings") == []


async def test_embeddings_that_fail_are_named(settings: Settings, server: FakeModelServer) -> None:
    server.script("embeddings", replies.error(500))
    assert (
        "FAIL  Embeddings: text-embedding-3-small: The model server failed (HTTP 500). Try again in a minute."
        in await findings(settings)
    )


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
    assert models_of(await findings(settings))[-1] == (
        f"FAIL  Model server: {settings.openai_base_url}: The model server rejects the API key. "
        "Ask the bot's operator to check OPENAI_API_KEY."
    )


async def test_the_second_server_is_looked_at_too(tmp_path: Path, server: FakeModelServer) -> None:
    async with FakeModelServer("practice-1") as tuning:
        settings = settings_for(tmp_path, server.url, finetune_base_url=tuning.url, discord_api_base=server.url)
        found = models_of(await findings(settings))
        assert f"ok    Fine-tune server: {tuning.url} lists 1 model" in found
        assert found[-1] == "ok    FINETUNE_MODEL: practice-1 (the server does not list gpt-4.1-mini-2025-04-14)"
        tuning.script("models", replies.error(500))
        assert models_of(await findings(settings))[-1] == (
            f"FAIL  Fine-tune server: {tuning.url}: The model server failed (HTTP 500). Try again in a minute."
        )


async def test_a_database_that_cannot_be_opened_hides_nothing_but_the_model_servers(
    tmp_path: Path, server: FakeModelServer
) -> None:
    path = tmp_path / "notes.db"
    path.write_text("Remember the milk. " * 100)
    settings = settings_for(tmp_path, server.url, database_url=f"sqlite:///{path}", discord_api_base=server.url)
    assert (await findings(settings))[1:] == [
        f"FAIL  Database: The database {path} is damaged (file is not a database). Nothing was changed. Move it away with its "
        "-wal and -shm files, and put back a backup: `python -m bot restore FILE`.",
        DISCORD,
        "ok    Clock: within 5 s of Discord and the model server",
    ]


async def test_wrong_settings_and_prices_hide_nothing_of_what_follows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server: FakeModelServer
) -> None:
    for name, value in {
        "OPENAI_BASE_URL": server.url,
        "DISCORD_API_BASE": server.url,
        "LOG_LEVEL": "loud",
        "PRICES_FILE": str(tmp_path / "none.toml"),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'punchline.db'}",
    }.items():
        monkeypatch.setenv(name, value)
    read, problems = read_settings(None)
    found = [str(finding) async for finding in check_setup(read, problems, discord)]
    assert [line for line in found if line.startswith("FAIL")] == [
        "FAIL  DISCORD_TOKEN: is not set (The bot's token, from Discord's developer portal.)",
        "FAIL  LOG_LEVEL: cannot be used (DEBUG, INFO, WARNING or ERROR.)",
        f"FAIL  Prices: Cannot read the price list {tmp_path / 'none.toml'}: No such file or directory. Check PRICES_FILE.",
    ]
    assert not any("Discord" in line for line in found[3:-1])
    assert [line[:4] for line in found[3:]] == ["ok  "] * 11


async def test_ones_own_engine_that_is_not_running_comes_with_the_command(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9/v1"
    found = await findings(settings_for(tmp_path, nowhere, discord_api_base=nowhere))
    assert models_of(found)[-1] == (
        "FAIL  Model server: http://127.0.0.1:9/v1: It cannot be reached. Start your own engine with `make engine`."
    )


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        (None, "ok    Moderation: omni-moderation-latest judged a word"),
        (
            replies.error(404),
            "FAIL  Moderation: The model server does not have the moderation: “scripted”. Until it answers, texts pass in all servers that are not strict. "
            "If the server offers no moderation, set MODERATION=off.",
        ),
    ],
)
async def test_a_word_is_judged_where_moderation_is_on(
    settings: Settings, server: FakeModelServer, reply: Reply | None, line: str
) -> None:
    server.script("moderations", *([reply] if reply else []))
    found = await findings(settings.model_copy(update={"moderation": "on"}))
    assert [one for one in found if " Moderation: " in one] == [line]
