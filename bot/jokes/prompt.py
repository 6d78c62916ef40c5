"""The chat that asks for a joke, as OpenAI's cookbook has it."""

import json
from pathlib import Path

from bot.llm import Message

SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."
SHIPPED_JOKES = Path(__file__).parents[2] / "data" / "jokes.jsonl"
FEW_SHOT_EXAMPLES = 10


def prompt(scenario: str, examples: tuple[Message, ...] = ()) -> tuple[Message, ...]:
    """A fine-tuned model needs no examples; the base gets them as turns before the scenario."""
    return (Message("system", SYSTEM), *examples, Message("user", scenario))


def shipped_examples(path: Path = SHIPPED_JOKES, count: int = FEW_SHOT_EXAMPLES) -> tuple[Message, ...]:
    """The first of the shipped jokes, as turns of a chat."""
    turns: list[Message] = []
    with path.open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(count), strict=False):
            _, user, assistant = json.loads(line)["messages"]
            turns += (Message("user", user["content"]), Message("assistant", assistant["content"]))
    return tuple(turns)
