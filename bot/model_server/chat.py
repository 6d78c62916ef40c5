"""A request for chat completions, before it is sent."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.model_server.sampling import RECIPE, Sampling
from bot.model_server.tool_calls import Function, ToolCall, ToolChoice

# With which chat templates divide turns: ChatML, Llama, Phi, Mistral, Gemma. Many servers read them also inside a turn's text, which
# could then end its own turn and begin one of the system's.
TURN_MARKS = re.compile(
    r"<(?=\|[^<>|\s]{1,40}\|>|/?s>|[be]os>|(?:start|end)_of_turn>|</?SYS>>)|\[(?=/?INST\]|/?SYSTEM_PROMPT\])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Message:
    """One turn of a chat. What members typed stands in turns of the user, never in the system's. An assistant's turn may call functions; a tool's turn is the result of the call with that id."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None

    def turn(self) -> dict[str, object]:
        """The message in OpenAI's format."""
        content = self.content if self.role == "system" else TURN_MARKS.sub(r"\g<0> ", self.content)
        turn: dict[str, object] = {"role": self.role, "content": content}
        if self.tool_calls:
            turn |= {"content": content or None, "tool_calls": [call.turn() for call in self.tool_calls]}
        if self.tool_call_id is not None:
            turn["tool_call_id"] = self.tool_call_id
        return turn


@dataclass(frozen=True)
class ChatRequest:
    """Asks a model for `n` answers of at most `max_tokens`, with `logprobs` also for their likelihoods.

    `fine_tuned` picks the fine-tune server. `tool_choice` says whether the answer may call `functions`.
    """

    model: str
    messages: Sequence[Message]
    n: int = 1
    sampling: Sampling = RECIPE
    max_tokens: int | None = None
    logprobs: bool = False
    fine_tuned: bool = False
    functions: Sequence[Function] = ()
    tool_choice: ToolChoice = "auto"

    def body(self) -> dict[str, object]:
        """The request in OpenAI's format. What is not set is not sent."""
        limits = {
            "temperature": self.sampling.temperature,
            "top_p": self.sampling.top_p,
            "max_completion_tokens": self.max_tokens,
        }
        body: dict[str, object] = {"model": self.model, "messages": [message.turn() for message in self.messages]}
        if self.functions:
            body |= {"tools": [function.tool() for function in self.functions], "tool_choice": self.tool_choice}
        else:
            body |= {"n": self.n, **({"logprobs": True} if self.logprobs else {})}
        return body | {name: value for name, value in limits.items() if value is not None}
