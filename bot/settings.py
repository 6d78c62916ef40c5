"""Settings from the environment and `.env`: typed, frozen, checked all at once."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot.database_url import POSTGRES_PREFIX, Place, checked, place_of, shown
from bot.errors import StartupError
from bot.files.place import FilesPlace, files_place
from bot.texts import startup as texts

DATASETS_FOLDER = Path("data/punchline.files")  # where the database is no file that they could lie beside
ENV_FILE = Path(".env")
LEAST_USAGE_DAYS = 32  # monthly budgets add up the whole month
ANY_KEY = "punchline"  # one's own engine takes any


def is_own_engine(base_url: str) -> bool:
    """Whether the address is this machine or a private network, where nobody sends a bill."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host


def is_openai(base_url: str) -> bool:
    """Whether the address is OpenAI's own, which offers moderation at no charge."""
    host = urlsplit(base_url).hostname or ""
    return host == "openai.com" or host.endswith(".openai.com")


def _address(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(texts.NOT_AN_ADDRESS.format(schemes=" or ".join(f"{scheme}://" for scheme in schemes)))
        return value.rstrip("/")

    return AfterValidator(check)


def _files(value: str) -> str:
    files_place(value)
    return value


def _not_blank(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError(texts.BLANK)
    return value


HttpUrl = Annotated[str, _address("http", "https")]
GatewayUrl = Annotated[str, _address("ws", "wss")]
Secret = Annotated[SecretStr, AfterValidator(_not_blank)]


class Settings(BaseModel):
    """Everything an operator can set. Names in the environment are the field names in capitals."""

    model_config = ConfigDict(frozen=True)

    discord_token: Secret = Field(description="The bot's token, from Discord's developer portal.")
    discord_api_base: HttpUrl = Field("https://discord.com/api/v10", description="Discord's REST API.")
    discord_gateway_url: GatewayUrl = Field("wss://gateway.discord.gg", description="Discord's gateway.")
    openai_base_url: HttpUrl = Field(
        "https://api.openai.com/v1", description="The model server, any that speaks OpenAI's protocol."
    )
    openai_api_key: Secret = Field(
        SecretStr(""), validate_default=False, description="The model server's key; your own engine needs none."
    )
    finetune_base_url: HttpUrl | None = Field(
        None, description="A second server for fine-tuned models, if not the first."
    )
    finetune_api_key: SecretStr | None = Field(None, description="Key for that second server.")
    database_url: Annotated[str, AfterValidator(checked)] = Field(
        "sqlite:///data/punchline.db", description="Where the bot stores what it knows: an SQLite file, or PostgreSQL."
    )
    shard_count: int | None = Field(
        None, ge=1, le=10_000, description="How many shards the bot has; empty: as many as Discord recommends."
    )
    clusters: int = Field(
        1, ge=1, le=1000, description="How many processes share the shards, 1 or more; more than 1 needs PostgreSQL."
    )
    datasets_folder: Annotated[str, AfterValidator(_files)] | None = Field(
        None,
        description="Where the datasets are, if not beside the SQLite file: a folder, or a bucket (s3://bucket/prefix).",
    )
    aws_endpoint_url: HttpUrl | None = Field(None, description="The S3 server of that bucket, if not Amazon's.")
    aws_region: str | None = Field(None, min_length=1, description="The bucket's region.")
    aws_access_key_id: SecretStr | None = Field(None, description="The key for the bucket.")
    aws_secret_access_key: SecretStr | None = Field(
        None, validate_default=True, description="The secret of the key for the bucket."
    )
    aws_session_token: SecretStr | None = Field(None, description="The token of that key, if it is a temporary one.")
    chat_model: str = Field("gpt-6-luna", min_length=1, description="Writes slogans, and jokes until a model is tuned.")
    embedding_model: str = Field("text-embedding-3-small", min_length=1, description="Compares texts.")
    finetune_model: str = Field("gpt-4.1-mini-2025-04-14", min_length=1, description="The base that jobs start from.")
    prices_file: Path | None = Field(None, description="Prices, if not those of data/prices.toml.")
    request_timeout: float = Field(
        30,
        gt=0,
        le=600,
        description="Seconds, more than 0 and at most 600, to wait for the model server's whole answer.",
    )
    contributions: str = Field(
        "off",
        pattern="^(off|on)$",
        description="Whether members may give examples for training, off or on. Ask Discord first: see docs/contributions.md.",
    )
    privacy_contact: str = Field(
        "",
        max_length=200,
        description="Whom members ask about their data, such as an e-mail address; empty: the server's managers.",
    )
    retention_answers_days: int = Field(
        365,
        ge=0,
        le=36500,
        description="Days that jokes, slogans, rounds, their votes and vectors are kept; 0 keeps them forever.",
    )
    retention_usage_days: int = Field(
        400,
        ge=0,
        le=36500,
        description="Days that the tokens and costs of requests are kept, 32 or more; 0 keeps them forever.",
    )
    retention_left_servers_days: int = Field(
        30, ge=0, le=36500, description="Days after which a server that removed the bot is deleted; 0: never."
    )
    moderation: str = Field(
        "auto",
        pattern="^(auto|on|off)$",
        description="Whether the model server's moderation judges texts: auto (at OpenAI), on or off.",
    )
    moderation_model: str = Field("omni-moderation-latest", min_length=1, description="Judges them.")
    blocked_words_file: Path | None = Field(
        None, description="Words and /expressions/ that nobody may type and no model may answer, one a line."
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("text", pattern="^(text|json)$", description="How log entries look, text or json.")
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="The port of /health and /metrics; without one there are none."
    )
    metrics_host: str = Field("127.0.0.1", min_length=1, description="The address that they listen on.")

    @field_validator("retention_usage_days")
    @classmethod
    def _covers_a_month(cls, days: int) -> int:
        if 0 < days < LEAST_USAGE_DAYS:
            raise ValueError(texts.TOO_FEW_USAGE_DAYS.format(least=LEAST_USAGE_DAYS))
        return days

    @field_validator("clusters")
    @classmethod
    def _can_share(cls, clusters: int, info: ValidationInfo) -> int:
        if clusters > 1 and not str(info.data.get("database_url", POSTGRES_PREFIX)).startswith(POSTGRES_PREFIX):
            raise ValueError(texts.CLUSTERS_NEED_POSTGRES.format(clusters=clusters))
        if clusters > 1 and info.data.get("shard_count", clusters) is None:
            raise ValueError(texts.CLUSTERS_NEED_SHARDS.format(clusters=clusters))
        return clusters

    @field_validator("datasets_folder", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, Path) else value

    @field_validator("aws_secret_access_key")
    @classmethod
    def _whole_key(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is None and info.data.get("aws_access_key_id") is not None:
            raise ValueError(texts.HALF_A_KEY)
        return secret

    @model_validator(mode="before")
    @classmethod
    def _own_engine_needs_no_key(cls, given: dict[str, Any]) -> dict[str, Any]:
        base_url = str(given.get("openai_base_url") or cls.model_fields["openai_base_url"].default)
        if "openai_api_key" not in given:
            given["openai_api_key"] = ANY_KEY if is_own_engine(base_url) else ""
        return given

    @property
    def moderates(self) -> bool:
        """Whether the model server's moderation is asked."""
        return self.moderation == "on" or (self.moderation == "auto" and is_openai(self.openai_base_url))

    @property
    def database(self) -> Place:
        """The SQLite file, or the server's address with its password."""
        return place_of(self.database_url)

    @property
    def database_path(self) -> Path:
        """The SQLite file. Raises `StartupError` where the database is none."""
        if isinstance(self.database, Path):
            return self.database
        raise StartupError(texts.NOT_FOR_POSTGRES.format(address=shown(self.database), files=self.files))

    @property
    def files(self) -> FilesPlace:
        """The folder of the datasets, or the bucket with what opens it."""
        if self.datasets_folder is None:
            return self.local_folder
        place = files_place(str(self.datasets_folder))
        if isinstance(place, Path):
            return place
        return replace(
            place,
            endpoint=self.aws_endpoint_url,
            region=self.aws_region,
            access_key_id=self.aws_access_key_id,
            secret_access_key=self.aws_secret_access_key,
            session_token=self.aws_session_token,
        )

    @property
    def files_folder(self) -> Path:
        """The folder of the datasets. Raises `StartupError` where they are in a bucket."""
        if isinstance(self.files, Path):
            return self.files
        raise StartupError(texts.NO_FOLDER.format(place=self.files))

    @property
    def local_folder(self) -> Path:
        """Where dataset files are unless a setting says so; with a bucket, where they are on their way."""
        return self.database.with_suffix(".files") if isinstance(self.database, Path) else DATASETS_FOLDER


@dataclass(frozen=True)
class SettingProblem:
    """A setting that cannot be used, and why; never its value."""

    field: str
    reason: str

    def __str__(self) -> str:
        return f"{self.field.upper()}: {self.reason}"


def load_settings(env_file: Path | None = ENV_FILE) -> Settings:
    """Read the settings. Raises `StartupError` (exit code 2) that lists every missing or wrong one, and what to do."""
    settings, problems = read_settings(env_file)
    if problems:
        head = texts.FIX_SETTINGS if env_file and env_file.exists() else texts.COPY_EXAMPLE
        raise StartupError("\n".join([head, *(f"  {problem}" for problem in problems)]), exit_code=2)
    return settings


def read_settings(env_file: Path | None = ENV_FILE) -> tuple[Settings, tuple[SettingProblem, ...]]:
    """The settings, and what is wrong with them; what is wrong has its default in them, or something that will not work.

    Raises `StartupError` if the file cannot be read at all.
    """
    try:
        return _read(env_file, {}), ()
    except UnicodeDecodeError:
        raise StartupError(texts.NOT_UTF8.format(file=env_file), exit_code=2) from None
    except ValidationError as error:
        problems = {str(detail["loc"][0]): _reason(detail["type"], detail["msg"]) for detail in error.errors()}
    depending = (
        {"openai_api_key"} if "openai_base_url" in problems else set[str]()
    )  # whether a key is needed is not known
    if "aws_secret_access_key" in problems:
        depending.add("aws_access_key_id")
    settings = _read(env_file, {name: _fallback(name) for name in problems.keys() | depending})
    return settings, tuple(SettingProblem(name, _with_description(name, why)) for name, why in problems.items())


def _read(env_file: Path | None, given: Mapping[str, object]) -> Settings:
    """The environment goes before the file; a value that is empty means the default."""
    in_file = dotenv_values(env_file, encoding="utf-8") if env_file else {}
    outside = {name.lower(): value for name, value in (*in_file.items(), *os.environ.items())}
    found = {name: outside[name] for name in Settings.model_fields if outside.get(name)}
    return Settings.model_validate({**found, **given})


def _fallback(name: str) -> object:
    field = Settings.model_fields[name]
    return texts.UNSET if field.is_required() or field.default == SecretStr("") else field.default


def _reason(kind: str, message: str) -> str:
    if kind == "missing":
        return texts.MISSING
    return message.removeprefix("Value error, ") if kind == "value_error" else texts.WRONG


def _with_description(name: str, reason: str) -> str:
    return f"{reason} ({Settings.model_fields[name].description})"
