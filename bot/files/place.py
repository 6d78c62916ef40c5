"""The names of the two places where dataset files may be."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic import SecretStr

from bot.texts.startup import NOT_FILES

S3_PREFIX = "s3://"
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True)
class Bucket:
    """A bucket of an S3 server, and the beginning of the names in it. What is None comes from the environment, as the server's makers say.

    `endpoint` is None for Amazon's own.
    """

    name: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    session_token: SecretStr | None = None

    def __str__(self) -> str:
        return S3_PREFIX + "/".join(filter(None, (self.name, self.prefix)))


FilesPlace: TypeAlias = Path | Bucket


def files_place(value: str) -> FilesPlace:
    """The folder or the bucket that a setting names. Raises `ValueError` where it names neither."""
    if "://" not in value:
        return Path(value)
    name, _, prefix = value.removeprefix(S3_PREFIX).partition("/")
    if not value.startswith(S3_PREFIX) or not BUCKET.fullmatch(name):
        raise ValueError(NOT_FILES)
    return Bucket(name, prefix.strip("/"))
