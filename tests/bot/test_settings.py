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
        "These settings need attention (see .env.example):\n"
        "  DISCORD_TOKEN: is not set (The bot's token, from Discord's developer portal.)\n"
        "  OPENAI_API_KEY: is not set (Key for the model server; any word for your own engine.)"
    )


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("DISCORD_TOKEN", "   ", "must not be empty"),
        ("OPENAI_API_KEY", "\t", "must not be empty"),
        ("OPENAI_BASE_URL", "localhost:8080", "must be an address that starts with http:// or https://"),
        ("OPENAI_BASE_URL", "http://", "must be an address that starts with http:// or https://"),
        ("FINETUNE_BASE_URL", "ftp://x", "must be an address that starts with http:// or https://"),
        ("DISCORD_GATEWAY_URL", "https://x", "must be an address that starts with ws:// or wss://"),
        ("DATABASE_URL", "postgres://x", "must look like sqlite:///data/punchline.db"),
        ("DATABASE_URL", "sqlite:///", "must look like sqlite:///data/punchline.db"),
        ("REQUEST_TIMEOUT", "soon", "Input should be a valid number, unable to parse string as a number"),
        ("REQUEST_TIMEOUT", "0", "Input should be greater than 0"),
        ("LOG_LEVEL", "loud", "String should match pattern '^(DEBUG|INFO|WARNING|ERROR)$'"),
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


def test_wrong_and_missing_ones_share_one_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "nowhere")
    monkeypatch.setenv("LOG_LEVEL", "loud")
    names = [line.split(":")[0].strip() for line in str(refusal()).splitlines()[1:]]
    assert names == ["DISCORD_TOKEN", "OPENAI_API_KEY", "OPENAI_BASE_URL", "LOG_LEVEL"]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_an_env_file_that_is_not_utf_8_is_an_error_for_the_operator(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / ".env"
    path.write_text("DISCORD_TOKEN=für-mich\n", encoding)
    error = refusal(path)
    assert (str(error), error.exit_code) == (f"{path} is not UTF-8 text. Save it as UTF-8.", 2)


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISCORD_TOKEN", "OPENAI_API_KEY", "FINETUNE_API_KEY"):
        monkeypatch.setenv(name, "hush-hush")
    settings = load_settings(None)
    assert settings.openai_api_key.get_secret_value() == "hush-hush"
    monkeypatch.setenv("REQUEST_TIMEOUT", "never")
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(refusal()), repr(refusal())):
        assert "hush" not in shown


def test_settings_cannot_be_changed(settings: Settings) -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.chat_model = "another"


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
