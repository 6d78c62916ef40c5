"""What an ability returns, before it is known who reads it: Discord or the model."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.texts.template import markdown, plain


@dataclass(frozen=True)
class Sentence:
    """A template of `bot.texts` and its values."""

    template: str
    values: Mapping[str, object]

    def plain(self) -> str:
        """For the model."""
        return plain(self.template, self.values)

    def markdown(self) -> str:
        """For Discord: what the values contain is shown as it was typed."""
        return markdown(self.template, self.values)


@dataclass(frozen=True)
class ToolResult:
    """The title and lines of what an ability did; `generation_id` is the joke's or the slogans' that it stored."""

    title: Sentence
    lines: tuple[Sentence, ...]
    generation_id: int | None = None

    def content(self) -> str:
        """What the model reads."""
        return "\n".join([f"{self.title.plain()}:", *(line.plain() for line in self.lines)])
