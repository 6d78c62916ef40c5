"""How many tokens a chat costs, before a server has counted them."""

from collections.abc import Iterable

PER_MESSAGE = 3
PER_CHAT = 3
BYTES_PER_TOKEN = 4


def estimate_tokens(text: str) -> int:
    """About how many tokens the text is: a token is some four bytes of UTF-8 in the common tables."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def estimate_chat_tokens(contents: Iterable[str]) -> int:
    """The estimate for one chat: OpenAI counts 3 a message, the texts and roles, and 3 at the end."""
    return PER_CHAT + sum(PER_MESSAGE + 1 + estimate_tokens(content) for content in contents)
