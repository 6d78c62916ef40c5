"""The chat that asks for a joke, as OpenAI's cookbook has it."""

from pathlib import Path

from bot.llm import Message

SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."
SHIPPED_JOKES = Path(__file__).parents[2] / "data" / "jokes.jsonl"


def prompt(scenario: str, examples: tuple[Message, ...] = ()) -> tuple[Message, ...]:
    """A fine-tuned model needs no examples; the base gets them as turns before the scenario."""
    return (Message("system", SYSTEM), *examples, Message("user", scenario))
