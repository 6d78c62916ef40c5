"""A chat completion as a model server answers it."""

import json
from dataclasses import dataclass

from bot.model_server.json_values import Json, finite, mapping, said, storable, text, whole
from bot.model_server.tool_calls import ToolCall, parse_tool_calls
from bot.tokens import Tokens


@dataclass(frozen=True)
class Completion:
    """A chat completion: its texts in order, tokens used, and the whole answer as JSON, but for the log probability of each token.

    `likelihoods` are the mean log probabilities of the tokens of each text, None where the server does not return them. `cut` says
    which texts met the token limit. `tool_calls` are those of the first answer.
    """

    texts: tuple[str, ...]
    model: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: float
    raw_json: str
    likelihoods: tuple[float | None, ...]
    cut: tuple[bool, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    cached_tokens: int = 0

    @property
    def tokens(self) -> Tokens:
        """What the request used."""
        return Tokens(self.prompt_tokens, self.completion_tokens, self.cached_tokens)


def parse_completion(answer: Json, latency_ms: float) -> Completion:
    """Null texts (such as refusals) become empty. Texts may be missing if there are function calls."""
    messages = [choice["message"] for choice in answer["choices"]]
    if not messages:
        raise ValueError("no choices")
    calls = [parse_tool_calls(mapping(message).get("tool_calls")) for message in messages]
    contents = [
        message.get("content") if made else message["content"] for message, made in zip(messages, calls, strict=True)
    ]
    texts = tuple((said(content) or "").strip() for content in contents)
    tokens = parse_tokens(answer)
    return Completion(
        texts=texts,
        model=text(answer["model"]),
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        cached_tokens=tokens.cached,
        latency_ms=latency_ms,
        raw_json=storable(json.dumps(_without_logprobs(answer), ensure_ascii=False)),
        likelihoods=tuple(_likelihood(choice) for choice in answer["choices"]),
        cut=tuple(choice.get("finish_reason") == "length" for choice in answer["choices"]),
        tool_calls=calls[0],
    )


def parse_tokens(answer: Json) -> Tokens:
    """What the server says that it used; nothing where it does not say so."""
    usage = mapping(answer.get("usage"))
    details = mapping(usage.get("prompt_tokens_details"))
    counted = usage.get("prompt_tokens"), usage.get("completion_tokens"), details.get("cached_tokens")
    return Tokens(*(whole(count) or 0 for count in counted))


def _likelihood(choice: Json) -> float | None:
    tokens = mapping(choice.get("logprobs")).get("content")
    found = [finite(mapping(token).get("logprob")) for token in tokens] if isinstance(tokens, list) else []
    known = [logprob for logprob in found if logprob is not None]
    return sum(known) / len(known) if known else None


def _without_logprobs(answer: Json) -> Json:
    """They are many times longer than the texts, and not needed after ranking."""
    return {
        **answer,
        "choices": [choice | {"logprobs": None} if choice.get("logprobs") else choice for choice in answer["choices"]],
    }
