"""Who may come in: API keys, compared in constant time."""

import hashlib
import hmac
from collections.abc import Sequence

EVERYBODY = "everybody"


class Keys:
    """The keys that open the engine; without any, everybody may come in."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """Keys are printable ASCII."""
        self._expected = [(f"Bearer {key}".encode(), _owner(key)) for key in keys]

    def owner(self, authorization: str) -> str | None:
        """Whose key a request's Authorization header carries; None where it carries no known key.

        The time it takes tells nothing of the keys: each is compared in full, whatever the others gave.
        """
        given, owner = authorization.encode(errors="surrogateescape"), None if self._expected else EVERYBODY
        for expected, name in self._expected:
            if hmac.compare_digest(given, expected):
                owner = name
        return owner


def read_keys(text: str) -> list[str]:
    """The keys of a key file: one a line; empty lines and lines that begin with # do not count."""
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def is_sendable(key: str) -> bool:
    """Whether a client can send it in a header."""
    return bool(key) and key.isascii() and key.isprintable() and " " not in key


def _owner(key: str) -> str:
    """A name for a key's holder from which the key cannot be had."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]
