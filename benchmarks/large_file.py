"""A large training file, the same on every machine: sentences of the words of the shipped jokes and slogans, in the jokes' form."""

import json
import random
from pathlib import Path

from benchmarks.report import ROOT

LINES = 100_000
SHIPPED = ("jokes.jsonl", "slogans.jsonl")
SYSTEM = "You are an assistant that creates funny one-line jokes based on a given scenario."


def write(path: Path, lines: int = LINES) -> None:
    """Write it: about 400 bytes a line."""
    chance = random.Random(7)  # noqa: S311  # repeatable, not secret
    asked, answered = _words("user"), _words("assistant")
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            scenario = f"{' '.join(chance.choices(asked, k=7))} {number}"
            joke = f"{' '.join(chance.choices(answered, k=25))}! Haha"
            file.write(_line(scenario, joke))


def _line(scenario: str, joke: str) -> str:
    turns = (("system", SYSTEM), ("user", scenario), ("assistant", joke))
    return json.dumps({"messages": [{"role": role, "content": text} for role, text in turns]}) + "\n"


def _words(role: str) -> list[str]:
    """Every word of one side, as often as it is used."""
    files = [(ROOT / "data" / name).read_text(encoding="utf-8").splitlines() for name in SHIPPED]
    messages = [message for lines in files for line in lines for message in json.loads(line)["messages"]]
    return [word for message in messages if message["role"] == role for word in message["content"].split()]
