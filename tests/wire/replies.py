"""Scripted answers of the model server: every way in which a server can fail its client."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any


class Ending(Enum):
    WHOLE = "the reply is sent to its end"
    HANG = "nothing is ever sent"
    RESET = "the connection is cut before a byte is sent"
    CUT = "the connection is cut in the middle of the body"
    DRIP = "the body comes a byte at a time, for ever"
    ENDLESS = "the body never ends"


@dataclass(frozen=True)
class Reply:
    """What to answer instead of the truth; `after(seconds)` lets it wait first."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    ending: Ending = Ending.WHOLE

    def after(self, seconds: float) -> "Reply":
        return replace(self, delay=seconds)


def ok(body: Any, **headers: str) -> Reply:
    """Any JSON with a 200."""
    return Reply(body=json.dumps(body).encode(), headers=headers)


def error(
    status: int,
    message: str = "scripted",
    code: str | None = None,
    kind: str = "server_error",
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Reply:
    """OpenAI's error shape; `details` are those of a moderation."""
    problem: dict[str, Any] = {"message": message, "type": kind, "param": param, "code": code}
    if details is not None:
        problem["moderation_details"] = details
    return Reply(status, json.dumps({"error": problem}).encode(), headers=headers or {})


def html(status: int = 200) -> Reply:
    """A proxy's page where JSON was asked for."""
    return Reply(status, b"<html><body><h1>Welcome</h1></body></html>", "text/html")


def half_json() -> Reply:
    """A 200 whose JSON ends in the middle, though the transfer is complete."""
    return Reply(body=b'{"id": "chatcmpl-1", "object": "chat.completion", "choices": [{"ind')


def hang() -> Reply:
    return Reply(ending=Ending.HANG)


def reset() -> Reply:
    return Reply(ending=Ending.RESET)


def cut() -> Reply:
    return Reply(body=b'{"id": "chatcmpl-1"', ending=Ending.CUT)


def drip() -> Reply:
    return Reply(body=b" ", ending=Ending.DRIP)


def endless() -> Reply:
    return Reply(body=b" " * 65536, ending=Ending.ENDLESS)
