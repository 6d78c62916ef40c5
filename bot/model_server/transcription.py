"""A recording that is sent to a model server, and what the server heard in it."""

from dataclasses import dataclass, field

from bot.model_server.json_values import Json, finite, mapping, storable, whole
from bot.tokens import Tokens


@dataclass(frozen=True)
class Audio:
    """A recording of so many `seconds`. Servers tell its format by the name's ending."""

    content: bytes = field(repr=False)
    name: str
    media_type: str
    seconds: float


@dataclass(frozen=True)
class Transcript:
    """The words that a model heard; none in silence. `seconds` are those that the server counted, None where it counts tokens or nothing."""

    text: str
    tokens: Tokens
    seconds: float | None
    latency_ms: float


def parse_transcript(answer: Json, latency_ms: float) -> Transcript:
    """A transcript must have a text, which may be empty. Raises `KeyError` or `TypeError` where there is none."""
    text = answer["text"]
    if not isinstance(text, str):
        raise TypeError("the transcript is no text")
    return Transcript(storable(text).strip(), heard_tokens(answer), heard_seconds(answer), latency_ms)


def heard_tokens(answer: Json) -> Tokens:
    """What a server counted that counts tokens."""
    usage = mapping(answer.get("usage"))
    return Tokens(*(whole(usage.get(name)) or 0 for name in ("input_tokens", "output_tokens")))


def heard_seconds(answer: Json) -> float | None:
    """What a server counted that counts the length of recordings."""
    seconds = finite(mapping(answer.get("usage")).get("seconds"))
    return seconds if seconds is not None and seconds >= 0 else None
