"""OpenAI's `tools`, `tool_choice` and `response_format` in a request."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

from engine.api.body import Body, Unsupported, at_most, expected, wrong
from engine.backends.interface import Function, JsonSchema, Tools
from engine.protocol.errors import invalid

MAX_TOOLS = 128
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ANY_OBJECT: JsonSchema = {"type": "object"}
# With these a schema names properties elsewhere than in its own `properties`.
_ELSEWHERE = {"$ref", "allOf", "anyOf", "oneOf", "patternProperties", "additionalProperties"}


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise wrong("expected 1 to 64 letters (a-z, A-Z), digits, underscores and hyphens")
    return name


def _checked_type(kind: object) -> object:
    if kind != "function":
        raise wrong("expected 'function', the only type of tool that this engine's models can call")
    return kind


def _checked_parameters(schema: JsonSchema) -> JsonSchema:
    if schema.get("type", "object") != "object":
        raise wrong("expected a JSON schema of the type 'object'")
    return schema


Name: TypeAlias = Annotated[str, AfterValidator(_checked_name)]
FunctionType: TypeAlias = Annotated[Literal["function"], BeforeValidator(_checked_type)]


class FunctionDefinition(Body):
    """A function by its name. `strict` has no effect: the arguments always fit the schema."""

    name: Name
    description: str | None = None
    parameters: Annotated[dict[str, JsonValue], AfterValidator(_checked_parameters)] | None = None
    strict: bool | None = None

    def function(self) -> Function:
        """Without `parameters` the function takes none. Calls only contain properties that the schema names."""
        schema: JsonSchema = {"type": "object", "properties": {}, **(self.parameters or {})}
        if isinstance(named := schema.get("properties"), dict) and not _ELSEWHERE & schema.keys():
            required = schema.get("required")
            if not isinstance(required, list) or all(name in named for name in required if isinstance(name, str)):
                schema["additionalProperties"] = False
        return Function(name=self.name, description=self.description or "", parameters=schema)


class Tool(Body):
    unsupported = {  # noqa: RUF012 - declared as a ClassVar in Body
        "custom": Unsupported("its models call functions only")
    }

    type: FunctionType
    function: FunctionDefinition


class NamedFunction(Body):
    name: Name


class NamedTool(Body):
    type: FunctionType
    function: NamedFunction


class CalledFunction(Body):
    name: Name
    arguments: str


class MessageToolCall(Body):
    """A call in an assistant's earlier message."""

    id: Annotated[str, Field(min_length=1)]
    type: FunctionType
    function: CalledFunction


class NamedSchema(Body):
    """A schema with a name. `strict` has no effect: the answer always fits the schema."""

    name: Name
    schema_: Annotated[dict[str, JsonValue], Field(alias="schema")]
    description: str | None = None
    strict: bool | None = None


class ResponseFormat(Body):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None

    def schema_of_answers(self) -> JsonSchema | None:
        """None where an answer may be any text. Raises ApiError where the schema is missing."""
        if self.type == "text":
            return None
        if self.type == "json_object":
            return _ANY_OBJECT
        if self.json_schema is None:
            raise invalid("response_format.json_schema", "the type 'json_schema' needs it")
        return self.json_schema.schema_


ToolList: TypeAlias = Annotated[list[Tool], Field(fail_fast=True), at_most(MAX_TOOLS)]
_CHOICES = "'none', 'auto', 'required' or an object that names a function"
ToolChoice: TypeAlias = Annotated[Literal["none", "auto", "required"] | NamedTool, expected(_CHOICES)]


def offered(tools: Sequence[Tool], choice: str | NamedTool | None, *, parallel: bool) -> Tools | None:
    """The tools on offer; None if the model may not call any. Raises ApiError if the parameters contradict each other."""
    functions = [tool.function.function() for tool in tools]
    names = [function.name for function in functions]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise invalid(f"tools[{number}].function.name", f"another function has the name '{name}'")
    if isinstance(choice, NamedTool) and choice.function.name not in names:
        raise invalid("tool_choice.function.name", f"there is no function '{choice.function.name}' in 'tools'")
    if choice == "required" and not names:
        raise invalid("tool_choice", "'required' needs at least one function in 'tools'")
    if choice == "none" or not names:
        return None
    named = choice.function.name if isinstance(choice, NamedTool) else None
    chosen = [named] if named else names
    return Tools(functions=functions, callable=chosen, required=choice not in (None, "auto"), parallel=parallel)
