"""Answers as OpenAI's schema has them: nulls where it requires a field that may be null, and nowhere else; lists by pages."""

from collections.abc import Sequence

from aiohttp import web
from pydantic import BaseModel

from engine.concurrency.tasks import off_loop
from engine.protocol.errors import ApiError, invalid
from engine.protocol.objects import StoredJob
from engine.storage.state import Cursor

_NULLS_OF_JOB = ("error", "estimated_finish", "fine_tuned_model", "finished_at", "trained_tokens", "validation_file")
_ENCODED_BYTES = 400


def error_reply(error: ApiError) -> web.Response:
    return web.json_response(error.document(), status=error.status)


def reply(document: BaseModel) -> web.Response:
    return web.json_response(_public(document))


async def reply_list(documents: Sequence[BaseModel], *, has_more: bool = False) -> web.Response:
    return await off_loop(len(documents) * _ENCODED_BYTES, _list, documents, has_more)


def _list(documents: Sequence[BaseModel], has_more: bool) -> web.Response:
    items = [_public(document) for document in documents]
    first, last = (items[place]["id"] if items else "" for place in (0, -1))
    ends = {"first_id": first, "last_id": last, "has_more": has_more}
    return web.json_response({"object": "list", "data": items, **ends})


def _public(document: BaseModel) -> dict[str, object]:
    internal = getattr(type(document), "internal", None)
    shown: dict[str, object] = dict.fromkeys(_NULLS_OF_JOB if isinstance(document, StoredJob) else ())
    shown |= document.model_dump(mode="json", exclude=internal, exclude_none=True)
    if isinstance(error := shown.get("error"), dict):
        shown["error"] = {"param": None, **error}
    return shown


def read_cursor(request: web.Request, *, limit: int, max_limit: int) -> Cursor:
    """The list parameters `limit`, `after` and `order`. Raises ApiError 400."""
    given = request.query.get("limit", str(limit))
    if not (given.isascii() and given.isdigit() and len(given) <= 9 and 1 <= int(given) <= max_limit):
        raise invalid("limit", f"expected an integer from 1 to {max_limit}")
    order = request.query.get("order", "desc")
    if order not in ("asc", "desc"):
        raise invalid("order", "expected 'asc' or 'desc'")
    return Cursor(int(given), request.query.get("after") or None, oldest_first=order == "asc")
