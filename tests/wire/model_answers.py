"""What the fake model server says when nothing is scripted."""

import base64
import hashlib
import struct
import time
from collections.abc import Callable

from tests.wire.shapes import Json

DIMENSIONS = 16


def completion(asked: Json, say: Callable[[Json], str], number: int) -> Json:
    """A chat completion whose texts come from `say`."""
    texts = [say(asked) for _ in range(asked.get("n") or 1)]
    prompt = sum(3 + tokens(str(message.get("content"))) for message in asked["messages"])
    written = sum(tokens(text) for text in texts)
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked["model"],
        "choices": [
            {"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
            for index, text in enumerate(texts)
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written},
    }


def embedding(asked: Json, vector: Callable[[str], list[float]]) -> Json:
    """Vectors as base64 or as numbers, whichever the client asked for."""
    texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
    packed = asked.get("encoding_format") == "base64"
    vectors = [vector(text) for text in texts]
    used = sum(tokens(text) for text in texts)
    return {
        "object": "list",
        "model": asked["model"],
        "data": [
            {"object": "embedding", "index": index, "embedding": pack(numbers) if packed else numbers}
            for index, numbers in enumerate(vectors)
        ],
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }


def tokens(text: str) -> int:
    """About how many tokens a text has; exact counts are no matter here."""
    return len(text) // 4 + 1


def hashed(text: str) -> list[float]:
    """A vector that depends on the whole text and on nothing else."""
    return [byte / 255 - 0.5 for byte in hashlib.sha256(text.encode()).digest()[:DIMENSIONS]]


def pack(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
