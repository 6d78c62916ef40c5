"""Settings from the environment and `.env`: typed, frozen, checked all at once."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import StartupError

SQLITE_PREFIX = "sqlite:///"


def _address(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"must be an address that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return value.rstrip("/")

    return AfterValidator(check)


def _sqlite_url(value: str) -> str:
    if not value.startswith(SQLITE_PREFIX) or len(value) == len(SQLITE_PREFIX):
        raise ValueError("must look like sqlite:///data/punchline.db")
    return value


def _not_blank(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("must not be empty")
    return value


HttpUrl = Annotated[str, _address("http", "https")]
GatewayUrl = Annotated[str, _address("ws", "wss")]
Secret = Annotated[SecretStr, AfterValidator(_not_blank)]


class Settings(BaseSettings):
    """Everything an operator can set. Names in the environment are the field names in capitals."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    discord_token: Secret = Field(description="The bot's token, from Discord's developer portal.")
    discord_api_base: HttpUrl = Field("https://discord.com/api/v10", description="Discord's REST API.")
    discord_gateway_url: GatewayUrl = Field("wss://gateway.discord.gg", description="Discord's gateway.")
    openai_api_key: Secret = Field(description="Key for the model server; any word for your own engine.")
    openai_base_url: HttpUrl = Field(
        "https://api.openai.com/v1", description="The model server, any that speaks OpenAI's protocol."
    )
    finetune_base_url: HttpUrl | None = Field(
        None, description="A second server for fine-tuned models, if not the first."
    )
    finetune_api_key: SecretStr | None = Field(None, description="Key for that second server.")
    database_url: Annotated[str, AfterValidator(_sqlite_url)] = Field(
        "sqlite:///data/punchline.db", description="Where the bot keeps what it knows; datasets lie beside it."
    )
    chat_model: str = Field("gpt-6-luna", min_length=1, description="Writes slogans, and jokes until a model is tuned.")
    embedding_model: str = Field("text-embedding-3-small", min_length=1, description="Compares texts.")
    finetune_model: str = Field("gpt-4.1-mini-2025-04-14", min_length=1, description="The base that jobs start from.")
    prices_file: Path | None = Field(None, description="Prices of training, if not those of data/prices.toml.")
    request_timeout: float = Field(30, gt=0, le=600, description="Seconds to wait for the model server's answer.")
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR.")

    @property
    def database_path(self) -> Path:
        """The SQLite file behind `database_url`."""
        return Path(self.database_url.removeprefix(SQLITE_PREFIX))


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings. Raises `StartupError` (exit code 2) that lists every missing or wrong one, never their values."""
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # required fields come from the environment
    except ValidationError as error:
        problems = [_problem(str(detail["loc"][0]), detail["type"], detail["msg"]) for detail in error.errors()]
        text = "\n".join(["These settings need attention (see .env.example):", *problems])
        raise StartupError(text, exit_code=2) from None
    except UnicodeDecodeError:
        raise StartupError(f"{env_file} is not UTF-8 text. Save it as UTF-8.", exit_code=2) from None


def _problem(field: str, kind: str, message: str) -> str:
    said = "is not set" if kind == "missing" else message.removeprefix("Value error, ")
    description = Settings.model_fields[field].description if field in Settings.model_fields else None
    return f"  {field.upper()}: {said}" + (f" ({description})" if description else "")
