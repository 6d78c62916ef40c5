"""Keeps the bot's own secrets out of everything that is shown or logged, whoever repeats them."""

from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from bot.settings import Settings

REDACTED = "[redacted]"
# A key for one's own engine may be any word; taking a plain word out of every text would spoil the texts.
MIN_LENGTH, MIN_WORD_LENGTH = 8, 16


class Redactor:
    """Replaces secrets in text and bytes."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Secrets that are short, or a plain word, are left alone."""
        known = {secret for secret in secrets if len(secret) >= (MIN_WORD_LENGTH if secret.isalpha() else MIN_LENGTH)}
        self._secrets = sorted(known, key=len, reverse=True)
        self._encoded = [secret.encode() for secret in self._secrets]

    def text(self, text: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, REDACTED)
        return text

    def content(self, content: bytes) -> bytes:
        """The same for UTF-8."""
        for secret in self._encoded:
            content = content.replace(secret, REDACTED.encode())
        return content


def redactor_of(settings: Settings) -> Redactor:
    """One that knows every secret in the settings, passwords in addresses included."""
    values = [value for _, value in settings]
    hidden = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    addresses = [urlsplit(value) for value in values if isinstance(value, str) and "://" in value]
    passwords = [address.password for address in addresses if address.password]
    return Redactor([*hidden, *passwords, *map(unquote, passwords)])  # in an address, some characters are escaped
