"""What was read from a file: examples, and what was left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.texts import importing as texts
from bot.texts.template import Sentence, Text

KEPT_LEFT_OUT = 20
MAX_EXAMPLES = 20_000
ROW, LINE, ITEM = texts.ROW, texts.LINE, texts.ITEM


class ImportFailedError(Exception):
    """A file that cannot be read as examples, as a sentence of `bot.texts.importing` and what it names."""

    def __init__(self, template: Text, **values: str | int) -> None:
        super().__init__(template)
        self.template, self.values = template, values


class Turn(NamedTuple):
    """One message of a chat."""

    role: str
    content: str


@dataclass(frozen=True)
class LeftOut:
    """A row, line or item that is no example, and why."""

    number: int
    template: Text
    values: Mapping[str, str | int]


@dataclass
class Found:
    """Chats without a system message unless the file had one. `kind` says in words what the file was understood as, `unit` what is
    counted in it."""

    kind: Sentence
    unit: Text = LINE
    chats: list[Sequence[Turn]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    left_out_count: int = 0

    def add(self, turns: Sequence[Turn]) -> None:
        """Raises `ImportFailedError` beyond 20,000 examples."""
        if len(self.chats) >= MAX_EXAMPLES:
            raise ImportFailedError(texts.TOO_MANY, most=MAX_EXAMPLES)
        self.chats.append(turns)

    def leave_out(self, number: int, template: Text, **values: str | int) -> None:
        """Count what is no example, and keep why if there is room."""
        self.left_out_count += 1
        if len(self.left_out) < KEPT_LEFT_OUT:
            self.left_out.append(LeftOut(number, template, values))

    def add_pair(self, number: int, question: str, answer: str, system: str = "") -> None:
        """One question and its answer; left out if one is missing."""
        question, answer, system = question.strip(), answer.strip(), system.strip()
        if not question or not answer:
            self.leave_out(number, texts.NO_ANSWER if question else texts.NO_QUESTION)
            return
        first = [Turn("system", system)] if system else []
        self.add([*first, Turn("user", question), Turn("assistant", answer)])
