"""What a chat completion may be asked with."""

from typing import Annotated, Any, Literal

from pydantic import Field

from engine.backends import ChatTurn, Wish
from engine.web import Body


class TextPart(Body):
    """A piece of a message."""

    type: Literal["text"]
    text: str


class ChatMessage(Body):
    """One message of the conversation. Tool calls are let through unread."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[TextPart] | None = None
    name: str | None = None
    tool_call_id: str | None = None
    tool_calls: list[Any] | None = None
    refusal: str | None = None

    def turn(self) -> ChatTurn:
        """The message as plain text."""
        parts = self.content or ""
        return ChatTurn(self.role, parts if isinstance(parts, str) else "".join(part.text for part in parts))


class StreamOptions(Body):
    """What a stream contains."""

    include_usage: bool | None = None
    include_obfuscation: bool | None = None


class ChatRequest(Body):
    """The body of POST /v1/chat/completions. What the practice model has no use for is accepted and ignored."""

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=2048)]
    n: Annotated[int, Field(ge=1, le=128)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    seed: int | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    logprobs: Literal[False] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    response_format: dict[Literal["type"], Literal["text"]] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    user: str | None = None
    safety_identifier: str | None = None
    metadata: dict[str, str] | None = None
    store: bool | None = None
    service_tier: str | None = None

    def wish(self) -> Wish:
        """How to draw the answers."""
        return Wish(
            count=self.n or 1,
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            seed=self.seed,
        )

    def stops(self) -> list[str]:
        """The texts that end an answer."""
        listed = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return [stop for stop in listed if stop]
