"""The chat that asks for a joke, as OpenAI's cookbook has it."""

from bot.kinds import JOKE
from bot.llm import Message

SYSTEM, SHIPPED_JOKES = JOKE.system, JOKE.examples


def prompt(scenario: str, examples: tuple[Message, ...] = ()) -> tuple[Message, ...]:
    """A fine-tuned model needs no examples; the base gets them as turns before the scenario."""
    return (Message("system", SYSTEM), *examples, Message("user", scenario))
