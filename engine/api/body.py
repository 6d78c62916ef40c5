"""JSON request bodies: read, parsed, and refused in words that name the parameter and what it may be."""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, NoReturn, TypeAlias, TypeVar

from aiohttp import hdrs, web
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from engine.concurrency.tasks import off_loop
from engine.protocol.errors import ApiError, invalid, missing, unknown
from engine.training.training_file import HALF_A_CHARACTER, is_whole

BODY_SECONDS = 60.0
MAX_PAIRS = 16
# Parsing takes long by the number of values. Nothing that is taken, text included, has as many.
MAX_COMMAS = 500_000
# More characters than these a token are refused without counting tokens: no tokenizer packs a text that tightly.
MAX_CHARACTERS_PER_TOKEN = 32
# What a page in a browser may send to any server without asking it first.
_SENT_UNASKED = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
_UNSUPPORTED, _UNKNOWN, _WRONG = "unsupported_parameter", "unknown", "wrong"
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
# What pydantic finds, in our words.
_REASONS = {
    "string_type": "expected text",
    "int_type": "expected an integer",
    "int_from_float": "expected an integer",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "bool_type": "expected true or false",
    "list_type": "expected a list",
    "dict_type": "expected an object",
    "model_type": "expected an object",
    "model_attributes_type": "expected an object",
    "literal_error": "expected {expected}",
    "greater_than_equal": "it must be at least {ge}",
    "greater_than": "it must be more than {gt}",
    "less_than_equal": "it must be at most {le}",
    "too_short": "it must have at least {min_length} item(s)",
    "string_too_long": "it may have at most {max_length} characters",
    _WRONG: "{reason}",
}


def wrong(reason: str, name: str | None = None) -> PydanticCustomError:
    """For validators: why a value cannot be used, or the field of that name in it."""
    return PydanticCustomError(_WRONG, "{reason}", {"reason": reason} | ({"name": name} if name else {}))


def expected(what: str, max_items: int | None = None) -> WrapValidator:
    """For values of several types, and for lists and objects with a limit: what is allowed, said of the value as a whole."""

    def check(value: object, handler: ValidatorFunctionWrapHandler) -> object:
        if max_items is not None and isinstance(value, list | dict) and len(value) > max_items:
            raise wrong(f"expected {what}")
        try:
            return handler(value)
        except ValidationError as error:
            raise wrong(f"expected {what}") from error

    return WrapValidator(check)


def at_most(items: int) -> BeforeValidator:
    """For lists: a limit that is checked before any item is."""

    def check(value: object) -> object:
        if isinstance(value, list) and len(value) > items:
            raise wrong(f"it may have at most {items} items")
        return value

    return BeforeValidator(check)


Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]],
    expected(f"up to {MAX_PAIRS} pairs of text: keys of up to 64 characters, values of up to 512", MAX_PAIRS),
]


@dataclass(frozen=True)
class Unsupported:
    """A parameter of OpenAI's that this engine refuses, unless its value asks for nothing."""

    why: str
    neutral: tuple[object, ...] = ()

    def allows(self, value: object) -> bool:
        """Whether the value changes nothing. 0 is not False here."""
        return value is None or any(type(value) is type(one) and value == one for one in self.neutral)


class Body(BaseModel):
    """A JSON object: typed strictly, unknown parameters refused, null taken for "not given" by each field.

    Where it `takes_empty_extras`, parameters that it does not know may be there as long as they hold nothing.
    """

    model_config = ConfigDict(strict=True, allow_inf_nan=False, protected_namespaces=())
    unsupported: ClassVar[Mapping[str, Unsupported]] = {}
    takes_empty_extras: ClassVar[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _only_known(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        known = {field.alias or name for name, field in cls.model_fields.items()}
        for name, value in given.items():
            rule = cls.unsupported.get(name)
            if rule and not rule.allows(value):
                raise PydanticCustomError(_UNSUPPORTED, "{why}", {"name": name, "why": rule.why})
            if not rule and name not in known and not (cls.takes_empty_extras and _is_empty(value)):
                raise PydanticCustomError(_UNKNOWN, "{name}", {"name": name})
        return {name: value for name, value in given.items() if name in known}


BodyT = TypeVar("BodyT", bound=Body)


async def read_body(request: web.Request, kind: type[BodyT]) -> BodyT:
    """Parse a JSON body. Raises ApiError with the first fault, TimeoutError where it does not arrive within a minute."""
    if hdrs.CONTENT_TYPE not in request.headers or request.content_type in _SENT_UNASKED:
        message = "The body must be JSON, with the header Content-Type: application/json."
        raise ApiError(message, status=415, code="unsupported_content_type")
    async with asyncio.timeout(BODY_SECONDS):
        content = await request.read()
    return await off_loop(len(content), parse_body, content, kind)


def parse_fields(fields: Mapping[str, Sequence[str]], kind: type[BodyT]) -> BodyT:
    """A form's fields as a body: `name[]` is a list, and `name[key]` a value of that name. Raises ApiError with the first fault."""
    named = {name.partition("[")[0]: list(texts) if name.endswith("[]") else texts[0] for name, texts in fields.items()}
    try:
        return kind.model_validate(named)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False)[0]) from error


def parse_body(content: bytes, kind: type[BodyT]) -> BodyT:
    if content.count(b",") > MAX_COMMAS:
        raise ApiError("The body has more values than any request can use.", status=413)
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        _refuse_json(content)
    raise _refusal(first)


def _refuse_json(content: bytes) -> NoReturn:
    document: object = None
    with suppress(ValueError, RecursionError):
        document = json.loads(content) if _SURROGATE_ESCAPE.search(content) else None
    if param := _half_character_in(document):
        raise invalid(param, f"it has {HALF_A_CHARACTER}")
    raise ApiError("We could not parse the JSON body of your request. It must be one valid JSON object.")


def _half_character_in(document: object) -> str:
    """The path of a text that UTF-8 cannot hold; empty where there is none."""
    waiting: list[tuple[str, object]] = [("", document)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and not is_whole(value):
            return path or "body"
        if isinstance(value, dict):
            if halves := [key for key in value if not is_whole(key)]:
                return _joined(path, halves[0])
            waiting += [(_joined(path, key), part) for key, part in value.items()]
        elif isinstance(value, list):
            waiting += [(_joined(path, place), part) for place, part in enumerate(value)]
    return ""


def _refusal(found: ErrorDetails) -> ApiError:
    """One of pydantic's findings as a refusal that names the parameter."""
    context: dict[str, Any] = found.get("ctx", {})
    param = ""
    for part in (*found["loc"], *([context["name"]] if "name" in context else [])):
        param = _joined(param, part)
    if found["type"] == _UNSUPPORTED:
        return ApiError(f"This engine does not support '{param}': {context['why']}.", param=param, code=_UNSUPPORTED)
    if found["type"] == _UNKNOWN:
        return unknown(param)
    if found["type"] == "missing":
        return missing(param)
    reason = _REASONS.get(found["type"], "it cannot be used").format_map(context)
    return invalid(param, reason) if param else ApiError(f"Invalid request: {reason}.", code="invalid_value")


def _joined(path: str, part: int | str) -> str:
    return f"{path}[{part}]" if isinstance(part, int) else f"{path}.{part}" if path else part


def _is_empty(value: object) -> bool:
    """Whether a value says nothing, however it is wrapped."""
    if isinstance(value, dict | list):
        return all(map(_is_empty, value.values() if isinstance(value, dict) else value))
    return value is None or value is False or value == ""
