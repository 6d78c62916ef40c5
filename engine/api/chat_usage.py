"""Tokens of a chat, as OpenAI counts them."""

from collections.abc import Iterable, Sequence

from openai.types import CompletionUsage

from engine.backends.interface import Backend, ChatTurn


def chat_usage(backend: Backend, turns: Sequence[ChatTurn], answers: Iterable[str]) -> CompletionUsage:
    """Three more tokens for each message, and three for the answer's start."""
    prompt = sum(backend.count_tokens(turn.text) + 3 for turn in turns) + 3
    completion = sum(backend.count_tokens(answer) for answer in answers)
    return CompletionUsage(prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion)
