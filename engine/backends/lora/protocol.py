"""What the engine and its serving process say to each other: lines of JSON. Knows no torch.

The process (`python -m engine.backends.lora.server BASE`) first says Ready or Broken. Then it takes Asks and Drops, and answers an Ask
with Tellings until each of its answers has a `finish`, or with one that has an `error`.
"""

from typing import Literal

from pydantic import BaseModel


class Ready(BaseModel):
    """The base can be used. `tokenizer` is its tokenizer.json; `context` the tokens that it reads at once."""

    kind: Literal["ready"] = "ready"
    tokenizer: str
    context: int


class Broken(BaseModel):
    """The base cannot be used, and why."""

    kind: Literal["broken"] = "broken"
    message: str


class Hello(BaseModel):
    """The process's first line."""

    first: Ready | Broken


class Ask(BaseModel):
    """Answers wanted for a conversation, from the base or from the adapter in a directory; or, dropped, no longer wanted."""

    number: int
    dropped: bool = False
    adapter: str | None = None
    turns: list[tuple[str, str]] = []
    count: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int | None = None
    seed: int | None = None


class Telling(BaseModel):
    """Some more text of an answer to an Ask; `error` says why there will be none, as an OpenAI code and a sentence."""

    number: int
    index: int = 0
    text: str = ""
    finish: Literal["stop", "length"] | None = None
    error: tuple[str, str] | None = None
