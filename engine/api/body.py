"""Reading requests and writing answers, the same way for every route."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from engine.protocol.errors import UNSUPPORTED, ApiError, refuse
from engine.storage.state import Cursor

BODY_SECONDS = 60.0


@dataclass(frozen=True)
class Unsupported:
    """A parameter of OpenAI's that this engine refuses, unless its value asks for nothing."""

    why: str
    neutral: tuple[object, ...] = ()

    def allows(self, value: object) -> bool:
        """Whether the value changes nothing. 0 is not False here."""
        return value is None or any(type(value) is type(one) and value == one for one in self.neutral)


class Body(BaseModel):
    """A JSON request body: typed strictly, unknown parameters refused, null taken for "not given" by each field."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, protected_namespaces=())
    unsupported: ClassVar[Mapping[str, Unsupported]] = {}

    @model_validator(mode="before")
    @classmethod
    def _refuse_unsupported(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        for name, rule in cls.unsupported.items():
            if name in given and not rule.allows(given[name]):
                told = {"name": name, "why": rule.why}
                raise PydanticCustomError(UNSUPPORTED, "This engine does not support '{name}': {why}.", told)
        return {name: value for name, value in given.items() if name not in cls.unsupported}


BodyT = TypeVar("BodyT", bound=Body)

MOST_PAIRS = 16
Metadata: TypeAlias = Annotated[
    dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=512)]], Field(max_length=MOST_PAIRS)
]


async def read_body(request: web.Request, kind: type[BodyT]) -> BodyT:
    """Parse a JSON body. Raises ApiError 400 with the first fault, TimeoutError where it does not arrive within a minute."""
    async with asyncio.timeout(BODY_SECONDS):
        content = await request.read()
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        refuse(error)


def read_cursor(request: web.Request, *, limit: int, most: int) -> Cursor:
    """The list parameters `limit`, `after` and `order`. Raises ApiError 400."""
    asked = request.query.get("limit", str(limit))
    if not (asked.isascii() and asked.isdigit() and 1 <= len(asked) <= 9 and 1 <= int(asked) <= most):
        raise ApiError(f"Invalid value for 'limit': expected an integer from 1 to {most}.", param="limit")
    order = request.query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise ApiError("Invalid value for 'order': expected 'asc' or 'desc'.", param="order")
    return Cursor(int(asked), request.query.get("after") or None, oldest_first=order == "asc")


def reply(document: BaseModel, *, without: set[str] | None = None) -> web.Response:
    """One object as JSON."""
    return web.Response(text=document.model_dump_json(exclude=without), content_type="application/json")


def reply_list(documents: Sequence[BaseModel], *, has_more: bool, without: set[str] | None = None) -> web.Response:
    """A page of objects as OpenAI's list."""
    items = [document.model_dump(mode="json", exclude=without) for document in documents]
    ends: Mapping[str, object] = {
        "first_id": items[0]["id"] if items else None,
        "last_id": items[-1]["id"] if items else None,
    }
    return web.json_response({"object": "list", "data": items, **ends, "has_more": has_more})
