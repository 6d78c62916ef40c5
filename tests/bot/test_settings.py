"""Settings: every problem at once, no secret ever shown, and an example file that tells the truth."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.errors import StartupError
from bot.settings import Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def refusal(env_file: Path | None = None) -> StartupError:
    with pytest.raises(StartupError) as refused:
        load_settings(env_file)
    return refused.value


def test_all_that_is_missing_is_named_in_one_error() -> None:
    error = refusal()
    assert error.exit_code == 2
    assert str(error) == (
        "These settings are missing or wrong. Run `cp .env.example .env`, and fill in .env:\n"
        "  DISCORD_TOKEN: is not set (The bot's token, from Discord's developer portal.)\n"
        "  OPENAI_API_KEY: is not set (The model server's key; your own engine needs none.)"
    )


def test_where_the_file_is_there_it_is_what_needs_mending(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("OPENAI_API_KEY=a\n")
    assert str(refusal(path)) == (
        "These settings in .env are missing or wrong (.env.example explains each):\n"
        "  DISCORD_TOKEN: is not set (The bot's token, from Discord's developer portal.)"
    )


@pytest.mark.parametrize(
    ("base_url", "needed"),
    [
        ("http://127.0.0.1:8080/v1", False),
        ("http://localhost:8080/v1", False),
        ("http://engine:8080/v1", False),
        ("http://192.168.1.7:8080/v1", False),
        ("http://[::1]:8080/v1", False),
        ("https://api.openai.com/v1", True),
        ("http://8.8.8.8/v1", True),
    ],
)
def test_only_somebody_elses_server_needs_a_key(monkeypatch: pytest.MonkeyPatch, base_url: str, needed: bool) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a")
    monkeypatch.setenv("OPENAI_BASE_URL", base_url)
    if needed:
        assert "  OPENAI_API_KEY: is not set (" in str(refusal())
    else:
        assert load_settings(None).openai_api_key.get_secret_value() == "punchline"


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("DISCORD_TOKEN", "   ", "is not set"),
        ("OPENAI_API_KEY", "\t", "is not set"),
        ("OPENAI_BASE_URL", "localhost:8080", "must be an address that begins with http:// or https://"),
        ("OPENAI_BASE_URL", "http://", "must be an address that begins with http:// or https://"),
        ("FINETUNE_BASE_URL", "ftp://x", "must be an address that begins with http:// or https://"),
        ("DISCORD_GATEWAY_URL", "https://x", "must be an address that begins with ws:// or wss://"),
        (
            "DATABASE_URL",
            "postgres://x",
            "must look like sqlite:///data/punchline.db or postgresql://user:password@host/name",
        ),
        (
            "DATABASE_URL",
            "postgresql://host",
            "must look like sqlite:///data/punchline.db or postgresql://user:password@host/name",
        ),
        (
            "DATABASE_URL",
            "sqlite:///",
            "must look like sqlite:///data/punchline.db or postgresql://user:password@host/name",
        ),
        ("DATASETS_FOLDER", "gs://bucket", "must be a folder, or a bucket such as s3://bucket/prefix"),
        ("DATASETS_FOLDER", "s3://", "must be a folder, or a bucket such as s3://bucket/prefix"),
        ("AWS_ENDPOINT_URL", "minio:9000", "must be an address that begins with http:// or https://"),
        ("REQUEST_TIMEOUT", "soon", "cannot be used"),
        ("REQUEST_TIMEOUT", "0", "cannot be used"),
        ("REQUEST_TIMEOUT", "601", "cannot be used"),
        ("REQUEST_TIMEOUT", "nan", "cannot be used"),
        ("LOG_LEVEL", "loud", "cannot be used"),
    ],
)
def test_each_wrong_value_has_a_line_of_its_own(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: str, said: str
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a")
    monkeypatch.setenv("OPENAI_API_KEY", "b")
    monkeypatch.setenv(name, wrong)
    (line,) = str(refusal()).splitlines()[1:]
    assert line.startswith(f"  {name}: {said} (")


def test_a_key_for_the_bucket_needs_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISCORD_TOKEN", "OPENAI_API_KEY", "AWS_ACCESS_KEY_ID"):
        monkeypatch.setenv(name, "a")
    (line,) = str(refusal()).splitlines()[1:]
    assert (
        line == "  AWS_SECRET_ACCESS_KEY: is not set, and AWS_ACCESS_KEY_ID is (The secret of the key for the bucket.)"
    )


def test_wrong_and_missing_ones_share_one_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "https://")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    names = [line.split(":")[0].strip() for line in str(refusal()).splitlines()[1:]]
    assert names == ["DISCORD_TOKEN", "OPENAI_BASE_URL", "LOG_LEVEL"]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_an_env_file_that_is_not_utf_8_is_an_error_for_the_operator(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / ".env"
    path.write_text("DISCORD_TOKEN=für-mich\n", encoding)
    error = refusal(path)
    assert (str(error), error.exit_code) == (f"{path} is not UTF-8 text. Save it as UTF-8.", 2)


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = ("DISCORD_TOKEN", "OPENAI_API_KEY", "FINETUNE_API_KEY")
    for name in (*secrets, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "hush-hush")
    settings = load_settings(None)
    assert settings.openai_api_key.get_secret_value() == "hush-hush"
    monkeypatch.setenv("REQUEST_TIMEOUT", "never")
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(refusal()), repr(refusal())):
        assert "hush" not in shown


def test_settings_cannot_be_changed(settings: Settings) -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.chat_model = "another"


@pytest.mark.parametrize(
    ("url", "shards", "said"),
    [
        (
            "sqlite:///bot.db",
            "4",
            "  CLUSTERS: 3 processes need one PostgreSQL database: set DATABASE_URL=postgresql://…, or CLUSTERS=1 (",
        ),
        (
            "postgresql://localhost/bot",
            "",
            "  CLUSTERS: 3 processes need to know how many shards there are: set SHARD_COUNT, or CLUSTERS=1 (",
        ),
    ],
)
def test_several_processes_need_a_database_that_they_share_and_a_number_of_shards(
    monkeypatch: pytest.MonkeyPatch, url: str, shards: str, said: str
) -> None:
    values = {"DISCORD_TOKEN": "a", "OPENAI_API_KEY": "b", "CLUSTERS": "3", "DATABASE_URL": url, "SHARD_COUNT": shards}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert said in str(refusal())
    monkeypatch.setenv("CLUSTERS", "1")
    assert load_settings(None).clusters == 1
    monkeypatch.setenv("CLUSTERS", "3")
    monkeypatch.setenv("SHARD_COUNT", "4")
    monkeypatch.setenv("DATABASE_URL", "postgresql://localhost/bot")
    assert (load_settings(None).clusters, load_settings(None).shard_count) == (3, 4)


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("DISCORD_TOKEN=a\nOPENAI_API_KEY=b\nCHAT_MODEL=\nFINETUNE_BASE_URL=\n")
    monkeypatch.setenv("EMBEDDING_MODEL", "")
    settings = load_settings(path)
    assert (settings.chat_model, settings.embedding_model) == ("gpt-6-luna", "text-embedding-3-small")
    assert settings.finetune_base_url is None


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("DISCORD_TOKEN=a\nOPENAI_API_KEY=b\nDATABASE_URL=sqlite:///here.db\nCHAT_MODEL=mine\n")
    monkeypatch.setenv("CHAT_MODEL", "yours")
    settings = load_settings(path)
    assert (settings.chat_model, settings.database_path) == ("yours", Path("here.db"))


def lines_of_example(pattern: str) -> dict[str, str]:
    return dict(re.findall(pattern, EXAMPLE.read_text("utf-8"), re.MULTILINE))


def test_the_example_names_every_setting_and_no_other() -> None:
    named = lines_of_example(r"^(?:# )?([A-Z_]+)=(.*)$")
    assert {name.lower() for name in named} == set(Settings.model_fields)


def test_commented_lines_of_the_example_show_the_true_defaults() -> None:
    shown = {name.lower(): value for name, value in lines_of_example(r"^# ([A-Z_]+)=(.*)$").items()}
    assert shown == {name: _as_text(Settings.model_fields[name].default) for name in shown}


def test_the_example_loads_once_the_token_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    assert "DISCORD_TOKEN: is not set" in str(refusal(path))
    path.write_text(EXAMPLE.read_text("utf-8").replace("DISCORD_TOKEN=", "DISCORD_TOKEN=a"), "utf-8")
    assert load_settings(path).openai_base_url == "http://127.0.0.1:8080/v1"


def _as_text(default: Any) -> str:
    return "" if default is None else str(default)


@pytest.mark.parametrize(
    ("base_url", "moderation", "judged"),
    [
        ("https://api.openai.com/v1", "auto", True),
        ("https://eu.api.openai.com/v1", "auto", True),
        ("https://openai.com.evil.example/v1", "auto", False),
        ("http://127.0.0.1:8080/v1", "auto", False),
        ("http://127.0.0.1:8080/v1", "on", True),
        ("https://api.openai.com/v1", "off", False),
    ],
)
def test_openais_moderation_is_on_unless_it_is_turned_off(base_url: str, moderation: str, judged: bool) -> None:
    values = {"discord_token": "a", "openai_api_key": "b", "openai_base_url": base_url, "moderation": moderation}
    assert Settings.model_validate(values).moderates is judged
