"""The bot's abilities as OpenAI's functions: their names, their arguments with the limits of the commands' options, who may call them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.ask.sentences import ToolResult
from bot.texts import ask as texts
from bot.tool_calls import Function


@dataclass(frozen=True)
class Asker:
    """Who asks and where. Only `private` answers may hold what admins alone see, and nothing of them is stored."""

    guild_id: int
    user_id: int
    channel_id: int | None = None
    private: bool = False
    manager: bool = False


class Arguments(BaseModel):
    """Arguments of a function. A model that makes up others is told so."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoArguments(Arguments):
    """Of functions that take none."""


class JokeArguments(Arguments):
    """As in `/joke`."""

    scenario: Annotated[str, Field(min_length=1, max_length=300, description=texts.SCENARIO)]


class SloganArguments(Arguments):
    """As in `/slogan`."""

    description: Annotated[str, Field(min_length=1, max_length=500, description=texts.DESCRIPTION)]
    count: Annotated[int, Field(ge=1, le=5, description=texts.COUNT)] = 1


class SimilarityArguments(Arguments):
    """As in `/similarity compare`."""

    a: Annotated[str, Field(min_length=1, max_length=1000, description=texts.FIRST)]
    b: Annotated[str, Field(min_length=1, max_length=1000, description=texts.SECOND)]


class SearchArguments(Arguments):
    """As in `/similarity search`."""

    query: Annotated[str, Field(min_length=1, max_length=1000, description=texts.QUERY)]


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)
Call = Callable[[Asker], Awaitable[ToolResult]]


@dataclass(frozen=True)
class Tool:
    """A function of the bot's. `prepare` reads a call's arguments (JSON) and raises pydantic's `ValidationError`."""

    function: Function
    prepare: Callable[[str], Call]
    managers_only: bool = False

    @property
    def name(self) -> str:
        """What the model calls it."""
        return self.function.name

    def is_for(self, asker: Asker) -> bool:
        """Whether this asker's model may call it."""
        return not self.managers_only or (asker.manager and asker.private)


def tool(
    name: str,
    arguments: type[ArgumentsT],
    run: Callable[[Asker, ArgumentsT], Awaitable[ToolResult]],
    *,
    managers_only: bool = False,
) -> Tool:
    """A tool that does this with checked arguments."""

    def prepare(given: str) -> Call:
        checked = arguments.model_validate_json(given.strip() or "{}")
        return lambda asker: run(asker, checked)

    function = Function(name, texts.FUNCTIONS[name], _schema(arguments))
    return Tool(function, prepare, managers_only)


def _schema(arguments: type[Arguments]) -> dict[str, object]:
    """Flat, and without pydantic's titles: a grammar can be made of it, and a small model has less to read."""
    schema = arguments.model_json_schema()
    properties = {name: _untitled(described.items()) for name, described in schema.get("properties", {}).items()}
    return {
        "type": "object",
        "properties": properties,
        "required": schema.get("required", []),
        "additionalProperties": False,
    }


def _untitled(described: Iterable[tuple[str, object]]) -> dict[str, object]:
    return {name: value for name, value in described if name != "title"}
