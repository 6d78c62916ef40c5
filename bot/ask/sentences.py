"""The result of a tool, which can be rendered for Discord or for the model."""

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
        """For Discord, with the values escaped."""
        return markdown(self.template, self.values)


@dataclass(frozen=True)
class ToolResult:
    """A title and lines; `generation_id` is the row of the joke or slogans that the tool saved."""

    title: Sentence
    lines: tuple[Sentence, ...]
    generation_id: int | None = None

    def content(self) -> str:
        """The text for the model."""
        return "\n".join([f"{self.title.plain()}:", *(line.plain() for line in self.lines)])
