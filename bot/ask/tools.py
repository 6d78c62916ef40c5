"""The bot's abilities as OpenAI functions: names, arguments with the same limits as the commands' options, and who may call them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.ask.sentences import ToolResult
from bot.model_server.tool_calls import Function
from bot.texts import ask as texts


@dataclass(frozen=True)
class Asker:
    """Who asks, and where. Only `private` answers may contain what only admins may see; they are not saved."""

    guild_id: int
    user_id: int
    channel_id: int | None = None
    private: bool = False
    manager: bool = False


class Arguments(BaseModel):
    """Arguments of a function. Unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NoArguments(Arguments):
    """For functions without arguments."""


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
    """A function of the bot's. `prepare` reads a call's arguments (JSON) and raises pydantic's `ValidationError`.

    Where a server restricts the `command`, the function is restricted, too.
    """

    function: Function
    prepare: Callable[[str], Call]
    managers_only: bool = False
    command: str | None = None

    @property
    def name(self) -> str:
        """The function's name."""
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
    command: str | None = None,
) -> Tool:
    """A tool that runs `run` with validated arguments."""

    def prepare(given: str) -> Call:
        checked = arguments.model_validate_json(given.strip() or "{}")
        return lambda asker: run(asker, checked)

    function = Function(name, texts.FUNCTIONS[name], _schema(arguments))
    return Tool(function, prepare, managers_only, command)


def _schema(arguments: type[Arguments]) -> dict[str, object]:
    """The schema without pydantic's titles, flat enough for a grammar and short enough for a small model."""
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
