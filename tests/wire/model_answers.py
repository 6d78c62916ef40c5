"""What the fake model server says when nothing is scripted."""

import base64
import hashlib
import json
import struct
import time
from collections import deque
from collections.abc import Callable, Sequence

from tests.wire.shapes import Json

DIMENSIONS = 16
PUN = "Why did the road cross the man? To get to the other pun. Haha"
HEARD, HEARD_SECONDS = "A man walking across the road.", 2.5

# What a model answers to a request: a text, or calls of functions.
Say = Callable[[Json], str | Sequence[Json]]


def completion(asked: Json, say: Say, number: int) -> Json:
    """A chat completion whose texts or calls of functions come from `say`."""
    said = [say(asked) for _ in range(asked.get("n") or 1)]
    prompt = sum(3 + tokens(str(message.get("content"))) for message in asked["messages"])
    written = sum(tokens(one if isinstance(one, str) else json.dumps(one)) for one in said)
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": asked["model"],
        "choices": [
            {"index": index, "finish_reason": "stop" if isinstance(one, str) else "tool_calls", "message": message(one)}
            for index, one in enumerate(said)
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written},
    }


def message(said: str | Sequence[Json]) -> Json:
    """What the assistant said or called."""
    if isinstance(said, str):
        return {"role": "assistant", "content": said}
    return {"role": "assistant", "content": None, "refusal": None, "tool_calls": list(said)}


def tool_call(name: str, arguments: Json | str | None = None, call_id: str = "call_1") -> Json:
    """A call of a function as it stands in an answer; a `str` of arguments need not be JSON."""
    written = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": written}}


def choosing(*turns: str | Sequence[Json], joke: str = PUN) -> Say:
    """Gives these answers in turn to requests with tools, the last for ever, and a joke to all others."""
    waiting = deque(turns)

    def say(asked: Json) -> str | Sequence[Json]:
        if "tools" not in asked:
            return joke
        return waiting.popleft() if len(waiting) > 1 else waiting[0]

    return say


CATEGORIES = ("harassment", "harassment/threatening", "hate", "sexual", "sexual/minors", "violence", "violence/graphic")


def judged(*flagged: str, **scores: float) -> Json:
    """A text's result from the moderation: the categories that it flags, and scores of others."""
    return {
        "flagged": bool(flagged),
        "categories": {name: name in flagged for name in CATEGORIES},
        "category_scores": {name: scores.get(name, 0.9 if name in flagged else 0.001) for name in CATEGORIES},
    }


def transcript(asked: Json, heard: str, seconds: float) -> Json:
    """A transcript with its usage: whisper-1 counts seconds, the other models tokens."""
    if asked["model"].startswith("whisper"):
        return {"text": heard, "usage": {"type": "duration", "seconds": seconds}}
    audio, words = round(10 * seconds), tokens(heard)
    details = {"text_tokens": 0, "audio_tokens": audio}
    counted = {"input_tokens": audio, "input_token_details": details, "output_tokens": words}
    return {"text": heard, "usage": {"type": "tokens", "total_tokens": audio + words, **counted}}


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
