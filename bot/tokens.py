"""How many tokens a chat costs, as a server counted them or before it did.

OpenAI counts 3 a message, the tokens of every value in it (its role is one), 1 for a name, and 3 at the end of a chat.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from typing import NoReturn, Protocol

PER_MESSAGE = 3 + 1  # its role
PER_CHAT = 3
BYTES_PER_TOKEN = 4
NEWEST_TABLE = "o200k_base"
REMEMBERED_TEXTS = 64  # a system message comes again with every example


@dataclass(frozen=True)
class Tokens:
    """What a request used: tokens of the prompt, those of them that the server had cached, and tokens of the answers."""

    prompt: int
    completion: int = 0
    cached: int = 0


NO_TOKENS = Tokens(0)


def estimate_tokens(text: str) -> int:
    """About how many tokens the text is: a token is some four bytes of UTF-8 in the common tables."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return -(-size // BYTES_PER_TOKEN)


class TokenCount:
    """Counts tokens by their estimate; `exact` says whether by a model's own table."""

    exact = False

    def text(self, text: str) -> int:
        """The tokens of one text."""
        return estimate_tokens(text)

    def chat(self, contents: Sequence[str]) -> int:
        """The tokens of one chat of these contents."""
        return PER_CHAT + sum(PER_MESSAGE + self.text(content) for content in contents)

    def chats(self, columns: Sequence[Sequence[str]]) -> list[int]:
        """The tokens of many chats at once: the first contents of all, the second contents of all, and so on."""
        each = repeat(PER_CHAT + PER_MESSAGE * len(columns))
        return list(map(sum, zip(each, *map(_estimate_column, columns), strict=False)))


def _estimate_column(texts: Sequence[str]) -> list[int]:
    if texts.count(texts[0]) == len(texts):  # as a system message usually is
        return [estimate_tokens(texts[0])] * len(texts)
    encoded = texts if all(map(str.isascii, texts)) else map(str.encode, texts)
    return [-(-size // BYTES_PER_TOKEN) for size in map(len, encoded)]


class Encoding(Protocol):
    """What is used of tiktoken's."""

    def encode_ordinary(self, text: str) -> list[int]: ...


class ExactTokenCount(TokenCount):
    """Counts by a tokenizer's table."""

    exact = True

    def __init__(self, encoding: Encoding) -> None:
        self._count = lru_cache(REMEMBERED_TEXTS)(lambda text: len(encoding.encode_ordinary(text)))

    def text(self, text: str) -> int:
        """The tokens of one text."""
        return self._count(text)

    def chats(self, columns: Sequence[Sequence[str]]) -> list[int]:
        """The tokens of many chats."""
        return list(map(self.chat, zip(*columns, strict=True)))


def token_count() -> TokenCount:
    """Exact for the newest models where tiktoken is installed and TIKTOKEN_CACHE_DIR has their table, else an estimate.

    Never downloads anything; it changes tiktoken for the whole process, so call it in a process of its own.
    """
    if not os.environ.get("TIKTOKEN_CACHE_DIR"):
        return TokenCount()
    try:
        import tiktoken  # noqa: PLC0415  # optional, and slow to import
        import tiktoken.load  # noqa: PLC0415

        tiktoken.load.read_file = _no_download  # its only way to the network
        return ExactTokenCount(tiktoken.get_encoding(NEWEST_TABLE))
    except (ImportError, OSError, ValueError):
        return TokenCount()


def _no_download(blobpath: str) -> NoReturn:
    raise FileNotFoundError(f"{blobpath} is not in TIKTOKEN_CACHE_DIR")
