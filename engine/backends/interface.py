"""What a kind of model must offer to be trained and talked to. The routes and the queue know nothing more of it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeAlias

from pydantic import BaseModel, JsonValue

from engine.protocol.methods import MethodName
from engine.training.task import DEFAULT_BETA, ChosenHyperparameters, Hyperparameters, Settings
from engine.training.training_file import Message

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls"]
JsonSchema: TypeAlias = dict[str, JsonValue]


class ToolCall(BaseModel):
    """A model's call of a function. `arguments` is JSON, as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class ConversationMessage(Message):
    """A message, with its calls if it is an assistant's."""

    calls: tuple[ToolCall, ...] = ()


class Function(BaseModel):
    """A function that the model may call. `parameters` is the JSON schema of its arguments, which are an object."""

    name: str
    description: str = ""
    parameters: JsonSchema


class Tools(BaseModel):
    """The functions in the prompt. The model may call those in `callable`, must call one if `required`, and may call several if `parallel`."""

    functions: Sequence[Function]
    callable: Sequence[str]
    required: bool = False
    parallel: bool = False


class SamplingParameters(BaseModel):
    """How answers are drawn. Without `max_tokens` the generator's own limit holds. `logprobs` asks for each token's probability; not every generator has it."""

    n: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int | None = None
    seed: int | None = None
    logprobs: bool = False


class GenerationRequest(BaseModel):
    """Answers wanted to a conversation, from the model with these weights: the base's own, or a tuned one's.

    A text in an answer must fit `answer_schema`. Only backends that take tools get `tools`, a schema, or messages with calls.
    """

    weights: Path
    messages: Sequence[ConversationMessage]
    sampling: SamplingParameters = SamplingParameters()
    tools: Tools | None = None
    answer_schema: JsonSchema | None = None


class TokenLogprob(NamedTuple):
    """A token of an answer, and the natural logarithm of the probability that the model gave it before any sampling."""

    token: str
    logprob: float


class CallPiece(BaseModel):
    """More of an answer's call with that index: first its id and its name, then its arguments in pieces."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


class GenerationChunk(BaseModel):
    """More text, or more calls, of the answer with that index. The last one of an answer has a finish reason.

    `prompt_tokens` counts the whole prompt, template included, if the generator knows it; one of the first chunks has it.
    """

    index: int = 0
    text: str = ""
    calls: Sequence[CallPiece] = ()
    finish_reason: FinishReason | None = None
    logprobs: Sequence[TokenLogprob] = ()
    prompt_tokens: int | None = None


class GenerationError(Exception):
    """There will be no answer. `code` is OpenAI's, the text is for the client; `param` names what was wrong in the request."""

    def __init__(self, code: str, message: str, param: str = "messages") -> None:
        """Known codes: context_length_exceeded, invalid_value, model_not_found, server_error, upstream_error."""
        super().__init__(message)
        self.code, self.message, self.param = code, message, param


class TextGenerator(Protocol):
    """Turns messages into text."""

    def generate(self, request: GenerationRequest) -> AsyncGenerator[GenerationChunk, None]:
        """The chunks of `sampling.n` answers as they come. Closing the generator drops the request. Raises GenerationError."""

    async def close(self) -> None:
        """Let go of what it holds."""


@dataclass(frozen=True)
class Backend:
    """A base model with the models that are tuned from it. Callers use threads: `count_tokens` takes long on long texts.

    `trainer` is the module of its trainer (engine.training.trainer), which gets `settings`. `extension` ends the names of its
    weights: ".safetensors" for a file, "" for a directory. `context_tokens` is how much it reads at once, `parameters` how many
    weights it has (0: not known). `batch_size` is what `auto` means, for a number of examples and one of epochs. `methods` are those
    that its trainer knows, `untrainable` says why it cannot be tuned here, where it cannot. `takes_tools` says whether it calls tools
    and writes by a schema, `shares_steps` whether several workers can train a model together.
    """

    base: str
    base_weights: Path
    trainer: str
    extension: str
    context_tokens: int
    generator: TextGenerator
    count_tokens: Callable[[Sequence[str]], int]
    batch_size: Callable[[int, int], int]
    parameters: int = 0
    untrainable: str = ""
    takes_tools: bool = False
    shares_steps: bool = False
    settings: Settings = field(default_factory=dict)
    methods: Sequence[MethodName] = ("supervised",)

    def plan(self, method: MethodName, examples: int, chosen: ChosenHyperparameters) -> Hyperparameters:
        """What a client left to `auto` is chosen here."""
        epochs = chosen.n_epochs or default_epochs(examples)
        return Hyperparameters(
            n_epochs=epochs,
            batch_size=chosen.batch_size or self.batch_size(examples, epochs),
            learning_rate_multiplier=chosen.learning_rate_multiplier or 1.0,
            beta=(chosen.beta or DEFAULT_BETA) if method == "dpo" else None,
        )


def default_epochs(examples: int) -> int:
    """OpenAI's rule: three, unless that shows fewer than 100 or more than 25,000 examples."""
    if examples * 3 < 100:
        return min(25, 100 // examples)
    if examples * 3 > 25_000:
        return max(1, 25_000 // examples)
    return 3
