"""The result of a tool, which can be rendered for Discord or for the model."""

from dataclasses import dataclass

from bot.texts.template import Sentence


@dataclass(frozen=True)
class ToolResult:
    """A title and lines; `generation_id` is the row of the joke or slogans that the tool saved."""

    title: Sentence
    lines: tuple[Sentence, ...]
    generation_id: int | None = None

    def content(self) -> str:
        """The text for the model."""
        return "\n".join([f"{self.title}:", *map(str, self.lines)])
