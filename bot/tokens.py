"""How many tokens a chat costs, before a server has counted them.

OpenAI counts 3 a message, the tokens of every value in it (its role is one), 1 for a name, and 3 at the end of a chat.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from typing import NoReturn, Protocol

PER_MESSAGE = 3
ROLE = 1
PER_CHAT = 3
BYTES_PER_TOKEN = 4
NEWEST_TABLE = "o200k_base"
REMEMBERED_TEXTS = 64  # a system message comes again with every example


def estimate_tokens(text: str) -> int:
    """About how many tokens the text is: a token is some four bytes of UTF-8 in the common tables."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    return -(-size // BYTES_PER_TOKEN)


def estimate_chat_tokens(contents: Sequence[str]) -> int:
    """The estimate for one chat of these contents."""
    return PER_CHAT + sum(PER_MESSAGE + ROLE + estimate_tokens(content) for content in contents)


def estimate_chats(columns: Sequence[Sequence[str]]) -> list[int]:
    """The estimates for many chats at once: the first contents of all, the second contents of all, and so on."""
    each = repeat(PER_CHAT + (PER_MESSAGE + ROLE) * len(columns))
    return list(map(sum, zip(each, *map(_estimate_column, columns), strict=False)))


def _estimate_column(texts: Sequence[str]) -> list[int]:
    if texts.count(texts[0]) == len(texts):  # as a system message usually is
        return [estimate_tokens(texts[0])] * len(texts)
    encoded = texts if all(map(str.isascii, texts)) else map(str.encode, texts)
    return [-(-size // BYTES_PER_TOKEN) for size in map(len, encoded)]


class TokenCount(Protocol):
    """Counts tokens; `exact` says whether by the model's own table."""

    exact: bool

    def text(self, text: str) -> int: ...
    def chat(self, contents: Sequence[str]) -> int: ...
    def chats(self, columns: Sequence[Sequence[str]]) -> list[int]: ...


class Estimate:
    """What is known without a table."""

    exact = False
    text = staticmethod(estimate_tokens)
    chat = staticmethod(estimate_chat_tokens)
    chats = staticmethod(estimate_chats)


class Encoding(Protocol):
    """What is used of tiktoken's."""

    def encode_ordinary(self, text: str) -> list[int]: ...


class Table:
    """Counts by a tokenizer's table."""

    exact = True

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self.text = lru_cache(REMEMBERED_TEXTS)(self._count)

    def _count(self, text: str) -> int:
        return len(self._encoding.encode_ordinary(text))

    def chat(self, contents: Sequence[str]) -> int:
        """The tokens of one chat."""
        return PER_CHAT + sum(PER_MESSAGE + ROLE + self.text(content) for content in contents)

    def chats(self, columns: Sequence[Sequence[str]]) -> list[int]:
        """The tokens of many chats, given as `estimate_chats` has them."""
        return list(map(self.chat, zip(*columns, strict=True)))


def token_count(model: str | None = None) -> TokenCount:
    """Exact for the model (or the newest ones) where tiktoken is installed and TIKTOKEN_CACHE_DIR has the table, else an estimate.

    Never downloads anything; it changes tiktoken for the whole process, so call it in a process of its own.
    """
    if not os.environ.get("TIKTOKEN_CACHE_DIR"):
        return Estimate()
    try:
        import tiktoken  # noqa: PLC0415  # optional, and slow to import
        import tiktoken.load  # noqa: PLC0415

        tiktoken.load.read_file = _no_download  # its only way to the network
        return Table(tiktoken.get_encoding(_table_of(model)))
    except (ImportError, OSError, ValueError):
        return Estimate()


def _table_of(model: str | None) -> str:
    from tiktoken.model import encoding_name_for_model  # noqa: PLC0415  # optional

    if model is None:
        return NEWEST_TABLE
    try:
        return encoding_name_for_model(model.removeprefix("ft:"))
    except KeyError:
        return NEWEST_TABLE


def _no_download(blobpath: str) -> NoReturn:
    raise FileNotFoundError(f"{blobpath} is not in TIKTOKEN_CACHE_DIR")
