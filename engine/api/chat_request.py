"""What a chat completion may be asked with."""

from typing import Annotated, Any, Literal

from pydantic import Field

from engine.api.body import Body, Metadata, Unsupported
from engine.backends.interface import ChatTurn, Wish


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
    include_obfuscation: Literal[False] | None = None


_NO_TOOLS = "its models call no tools"
_TEXT_ONLY = "its models read and write text only"
_NO_PENALTIES = "its models know no penalties"


class ChatRequest(Body):
    """The body of POST /v1/chat/completions. The last six fields are hints, taken and without effect."""

    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "audio": Unsupported(_TEXT_ONLY),
        "modalities": Unsupported(_TEXT_ONLY, (["text"],)),
        "response_format": Unsupported("its answers are plain text", ({"type": "text"},)),
        "logprobs": Unsupported("its models do not tell the probabilities of their words", (False,)),
        "top_logprobs": Unsupported("its models do not tell the probabilities of their words", (0,)),
        "logit_bias": Unsupported("its models' words cannot be weighted", ({},)),
        "frequency_penalty": Unsupported(_NO_PENALTIES, (0, 0.0)),
        "presence_penalty": Unsupported(_NO_PENALTIES, (0, 0.0)),
        "tools": Unsupported(_NO_TOOLS, ([],)),
        "tool_choice": Unsupported(_NO_TOOLS, ("none", "auto")),
        "parallel_tool_calls": Unsupported(_NO_TOOLS, (False, True)),
        "functions": Unsupported(_NO_TOOLS, ([],)),
        "function_call": Unsupported(_NO_TOOLS, ("none", "auto")),
        "web_search_options": Unsupported(_NO_TOOLS),
        "prediction": Unsupported("its models take no prediction"),
        "reasoning_effort": Unsupported("its models do not reason", ("none",)),
        "verbosity": Unsupported("its models are as verbose as their training", ("medium",)),
        "moderation": Unsupported("it does not moderate"),
        "store": Unsupported("it keeps no answers", (False,)),
        "service_tier": Unsupported("it serves everybody alike", ("auto", "default")),
    }

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
    user: str | None = None
    safety_identifier: str | None = None
    metadata: Metadata | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, Any] | None = None
    prompt_cache_retention: str | None = None

    def turns(self) -> list[ChatTurn]:
        """The conversation as plain text."""
        return [message.turn() for message in self.messages]

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
