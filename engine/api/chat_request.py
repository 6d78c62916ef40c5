"""What a chat completion may be asked with."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from engine.api.body import Body, Metadata, Unsupported, at_most, expected, wrong
from engine.api.tools import MAX_TOOLS, MessageToolCall, ResponseFormat, ToolChoice, ToolList, offered
from engine.backends.interface import ConversationMessage, JsonSchema, SamplingParameters, ToolCall, Tools

MAX_ITEMS = 2048


class TextPart(Body):
    type: Literal["text"]
    text: str


def _as_parts(given: object) -> object:
    if isinstance(given, str):
        return [{"type": "text", "text": given}]
    if not isinstance(given, list | None):
        raise wrong("expected text or a list of text parts")
    return given


Parts: TypeAlias = Annotated[list[TextPart], Field(fail_fast=True), at_most(MAX_ITEMS)]
Content: TypeAlias = Annotated[Parts | None, BeforeValidator(_as_parts)]

_NO_FUNCTIONS = "it is the older form of 'tools'"
_TEXT_ONLY = "its models read and write text only"
_NO_PENALTIES = "its models know no penalties"


class ChatMessage(Body):
    """One message of the conversation. What other servers put into an answer can be sent back as long as it is empty."""

    takes_empty_extras = True
    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "annotations": Unsupported(_TEXT_ONLY, ([],)),
        "audio": Unsupported(_TEXT_ONLY),
        "function_call": Unsupported("it is the older form of 'tool_calls'", ({},)),
    }

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Content = None
    name: str | None = None
    tool_calls: Annotated[list[MessageToolCall], Field(fail_fast=True), at_most(MAX_TOOLS)] | None = None
    tool_call_id: str | None = None
    refusal: str | None = None

    @field_validator("tool_calls")
    @classmethod
    def _of_an_assistant(
        cls, calls: list[MessageToolCall] | None, info: ValidationInfo
    ) -> list[MessageToolCall] | None:
        if calls and info.data.get("role") != "assistant":
            raise wrong("only a message of the role 'assistant' calls tools")
        return calls

    def message(self) -> ConversationMessage:
        """The message as plain text, with its calls; of an assistant that refused, its refusal."""
        text = "".join(part.text for part in self.content or ())
        called = [(call.id, call.function) for call in self.tool_calls or ()]
        calls = tuple(ToolCall(id=call_id, name=one.name, arguments=one.arguments) for call_id, one in called)
        return ConversationMessage(self.role, text or self.refusal or "", calls=calls)


class StreamOptions(Body):
    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "include_obfuscation": Unsupported("its streams are not padded", (False,))
    }

    include_usage: bool | None = None


class ChatRequest(Body):
    """The body of POST /v1/chat/completions. The last six fields are hints, taken and without effect."""

    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "audio": Unsupported(_TEXT_ONLY),
        "modalities": Unsupported(_TEXT_ONLY, (["text"],)),
        "top_logprobs": Unsupported("it tells the probabilities of the words that it writes, not of others", (0,)),
        "logit_bias": Unsupported("its models' words cannot be weighted", ({},)),
        "frequency_penalty": Unsupported(_NO_PENALTIES, (0, 0.0)),
        "presence_penalty": Unsupported(_NO_PENALTIES, (0, 0.0)),
        "functions": Unsupported(_NO_FUNCTIONS, ([],)),
        "function_call": Unsupported(_NO_FUNCTIONS, ("none", "auto")),
        "web_search_options": Unsupported("its models search nothing"),
        "prediction": Unsupported("its models take no prediction"),
        "reasoning_effort": Unsupported("its models do not reason", ("none",)),
        "verbosity": Unsupported("its models are as verbose as their training", ("medium",)),
        "moderation": Unsupported("it does not moderate"),
        "store": Unsupported("it keeps no answers", (False,)),
        "service_tier": Unsupported("it serves everybody alike", ("auto", "default")),
    }

    model: str
    messages: Annotated[list[ChatMessage], Field(min_length=1, fail_fast=True), at_most(MAX_ITEMS)]
    n: Annotated[int, Field(ge=1, le=128)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: Annotated[str | list[str], expected("text or a list of up to 4 texts", 4)] | None = None
    seed: int | None = None
    logprobs: bool | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    tools: ToolList | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    user: str | None = None
    safety_identifier: str | None = None
    metadata: Metadata | None = None
    prompt_cache_key: str | None = None
    prompt_cache_options: dict[str, object] | None = None
    prompt_cache_retention: str | None = None

    def conversation(self) -> list[ConversationMessage]:
        return [message.message() for message in self.messages]

    def offered_tools(self) -> Tools | None:
        """The tools on offer. Raises ApiError. An answer makes one call unless `parallel_tool_calls` is true, because small models repeat theirs."""
        return offered(self.tools or (), self.tool_choice, parallel=bool(self.parallel_tool_calls))

    def answer_schema(self) -> JsonSchema | None:
        """The required format of the answer's text. Raises ApiError."""
        return self.response_format.schema_of_answers() if self.response_format else None

    def sampling(self) -> SamplingParameters:
        return SamplingParameters(
            n=self.n or 1,
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            seed=self.seed,
            logprobs=bool(self.logprobs),
        )

    def stops(self) -> list[str]:
        listed = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return [stop for stop in listed if stop]
