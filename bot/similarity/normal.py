"""Texts in the one form in which they are embedded, hashed and compared."""

import hashlib
import unicodedata

from bot.errors import InvalidInputError
from bot.tokens import estimate_tokens

MOST_TOKENS = 8192  # in one text, as OpenAI's embedding models take it
EMPTY = "There is nothing to compare in an empty text. Write at least one word."


def normal(text: str) -> str:
    """Composed characters (NFC), single spaces, none at the ends. Raises `InvalidInputError` for a blank or over-long text."""
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if not text:
        raise InvalidInputError(EMPTY)
    tokens = estimate_tokens(text)
    if tokens > MOST_TOKENS:
        raise InvalidInputError(
            f"This text has about {tokens:,} tokens, and an embedding model reads at most {MOST_TOKENS:,}. Shorten it: “{text[:40]}…”"
        )
    return text


def hashed(text: str) -> bytes:
    """What a normal text is kept under."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
