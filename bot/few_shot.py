"""Shipped examples as turns of a chat, which show a base model what it is asked for."""

import json
from pathlib import Path

from bot.model_server.chat import Message

FEW_SHOT_EXAMPLES = 10


def few_shot(path: Path, count: int = FEW_SHOT_EXAMPLES) -> tuple[Message, ...]:
    """The first examples of a training file: two turns each."""
    turns: list[Message] = []
    with path.open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(count), strict=False):
            _, user, assistant = json.loads(line)["messages"]
            turns += (Message("user", user["content"]), Message("assistant", assistant["content"]))
    return tuple(turns)
